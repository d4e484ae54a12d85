/**
 * The report in a real browser. Screenshots go to GROUNDSTATE_SHOTS, or to a temporary folder that is named at the end;
 * GROUNDSTATE_RUN may name the folder of a finished run, which is then looked at, too.
 */
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readReportInput } from '../../apps/reference/src/report/read-report-input';
import { renderReport } from '../../apps/reference/src/report/render-report';
import { readRun } from '../../apps/reference/src/side-by-side/read-run';
import { sideBySide } from '../../apps/reference/src/side-by-side/side-by-side';
import { runFixture } from '../../apps/reference/tests/report-fixture';
import { writeSeedRuns } from '../../apps/reference/tests/side-by-side-fixture';
import { findChromium, startChromium } from './chromium';

const widths = [360, 768, 1440];
const schemes = ['light', 'dark'] as const;
const run = process.env.GROUNDSTATE_RUN;
const pages = ['fixture', 'many', 'bare', 'seeds', 'few-labels', 'one-seed', 'several-seeds', ...(run === undefined ? [] : ['run'])];

let browser: Browser;
let scratch: string;
let shots: string;

beforeAll(async () => {
  browser = await startChromium();
  scratch = await mkdtemp(join(tmpdir(), 'groundstate-browser-'));
  shots = process.env.GROUNDSTATE_SHOTS ?? (await mkdtemp(join(tmpdir(), 'groundstate-shots-')));
  await mkdir(shots, { recursive: true });
  const whole = runFixture();
  const save = (name: string, html: string): Promise<void> => writeFile(join(scratch, `${name}.html`), html);
  await save('fixture', await renderReport(whole));
  await save(
    'many',
    await renderReport(runFixture(['standard', 'pgd-at', 'energy-d2', 'trades', 'mart', 'vat', 'free-at', 'energy-d1', 'awp'])),
  );
  await save('bare', await renderReport({ ...whole, audit: null, logs: {}, images: {}, timings: null, config: null }));
  await save('seeds', await renderReport(runFixture(undefined, { seeds: [0, 1, 2], dataset: 'synthetic-shapes' })));
  await save('few-labels', await renderReport(runFixture(undefined, { seeds: [0, 1, 2], task: 'semi-supervised' })));
  const runs = await Promise.all((await writeSeedRuns(scratch, [0, 1, 2])).map(readRun));
  for (const [name, compared] of [['one-seed', runs.slice(0, 1)] as const, ['several-seeds', runs] as const]) {
    await save(name, await renderReport({ kind: 'side-by-side', folder: 'both', sideBySide: sideBySide(compared) }));
  }
  if (run !== undefined) await save('run', await renderReport(await readReportInput(run)));
});

afterAll(async () => {
  await browser?.close();
  if (scratch) await rm(scratch, { recursive: true, force: true });
  if (shots) console.info(`Screenshots are in ${shots}`);
});

type Seen = { readonly page: Page; readonly complaints: string[]; readonly requests: string[] };

async function open(name: string, width: number, colorScheme: 'light' | 'dark'): Promise<Seen> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(pathToFileURL(join(scratch, `${name}.html`)).href);
  return { page, complaints, requests };
}

const background = (page: Page): Promise<string> => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
const luminous = (colour: string): boolean => Math.min(...(colour.match(/\d+/g) ?? []).map(Number)) > 200;

describe.each(pages)('the page %s', (name) => {
  it.each(widths.flatMap((width) => schemes.map((scheme) => ({ width, scheme }))))(
    'at $width pixels, $scheme: is quiet, whole and accessible',
    async ({ width, scheme }) => {
      const { page, complaints, requests } = await open(name, width, scheme);
      await page.screenshot({ path: join(shots, `${name}-${width}-${scheme}.png`), fullPage: true });
      expect(complaints).toEqual([]);
      // The page itself, and pictures that it holds.
      expect(requests.filter((url) => !url.startsWith('data:'))).toHaveLength(1);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
      const broken = await page.evaluate(() =>
        [...document.images].filter((image) => !image.complete || image.naturalWidth === 0).map(({ alt }) => alt),
      );
      expect(broken).toEqual([]);
      expect(luminous(await background(page))).toBe(scheme === 'light');
      // Every line has a colour: a variable that a browser cannot resolve would leave it without.
      const colourless = await page.evaluate(
        () => [...document.querySelectorAll('[stroke^="var("]')].filter((line) => getComputedStyle(line).stroke === 'none').length,
      );
      expect(colourless).toBe(0);
      // Opened, for the tables within to be looked at, too.
      await page.evaluate(() => {
        for (const details of document.querySelectorAll('details')) details.open = true;
      });
      expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate(() => (window as unknown as { axe: typeof axe }).axe.run(document));
      const told = violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
      expect(told).toEqual([]);
      await page.close();
    },
  );

  it('is reached by the tab key in all its controls, in the order of the page, each with a visible focus', async () => {
    const { page } = await open(name, 1440, 'light');
    const controls = await page.evaluate(() => {
      const seen = [...document.querySelectorAll<HTMLElement>('a[href], summary, [tabindex="0"], input:checked')].filter((each) =>
        each.checkVisibility(),
      );
      for (const [i, each] of seen.entries()) each.dataset.control = String(i);
      return seen.length;
    });
    expect(controls).toBeGreaterThan(10);
    const visited: (string | undefined)[] = [];
    for (let i = 0; i < controls; i++) {
      await page.keyboard.press('Tab');
      const focus = await page.evaluate(() => {
        const element = document.activeElement as HTMLElement;
        const shown = element instanceof HTMLInputElement ? element.nextElementSibling! : element;
        return { control: element.dataset.control, outline: getComputedStyle(shown).outlineStyle };
      });
      visited.push(focus.control);
      expect(focus.outline, `control ${focus.control}`).toBe('solid');
    }
    expect(visited).toEqual(Array.from({ length: controls }, (_, i) => String(i)));
    await page.close();
  });

  it('lets the reader choose light or dark, by keyboard, and prints light whatever is chosen', async () => {
    const { page } = await open(name, 1440, 'light');
    await page.locator('#theme-system').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(luminous(await background(page))).toBe(false);
    await page.emulateMedia({ media: 'print' });
    expect(luminous(await background(page))).toBe(true);
    const cut = await page.evaluate(
      () => [...document.querySelectorAll('figure, tr')].filter((each) => getComputedStyle(each).breakInside !== 'avoid').length,
    );
    expect(cut).toBe(0);
    const path = join(shots, `${name}.pdf`);
    await page.pdf({ path, format: 'A4', preferCSSPageSize: true, printBackground: true });
    expect((await stat(path)).size).toBeGreaterThan(20_000);
    await page.close();
  });
});

describe('without a browser', () => {
  it('the test says so', () => {
    expect(() => findChromium({ PATH: '' })).toThrow(
      /^test:browser: expected `PATH` to hold one of chromium, .* got none\. Install Chromium/,
    );
    expect(() => findChromium({ GROUNDSTATE_CHROMIUM: 'nowhere' })).toThrow(
      /^test:browser: expected `GROUNDSTATE_CHROMIUM` to be a browser that can be run, got nowhere\./,
    );
  });
});
