import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { faults } from '../../tests/html-faults';
import { writeSeedRuns } from '../../tests/side-by-side-fixture';
import { compare } from '../commands/compare';
import { report } from '../commands/report';
import type { Output } from '../console/output';
import type { SideBySide } from '../side-by-side/side-by-side';
import { percent, points, pointsRange } from './format';
import { readReportInput } from './read-report-input';
import { renderReport } from './render-report';

const scratch = join(tmpdir(), `groundstate-side-by-side-page-${process.pid}`);
const at = (name: string): string => join(scratch, name);
const said: string[] = [];
const answered: unknown[] = [];
const output = {
  console: { say: (line: string) => said.push(line) },
  answer: (_: string, data: unknown) => answered.push(data),
} as unknown as Output;
const page = (name: string): Promise<string> => readFile(join(at(name), 'report.html'), 'utf8');
const figures = async (name: string): Promise<SideBySide> => JSON.parse(await readFile(join(at(name), 'results.json'), 'utf8'));

beforeAll(async () => {
  const runs = await writeSeedRuns(scratch, [0, 1, 2]);
  await compare(runs.slice(0, 1), { out: at('one') }, output);
  await compare(runs, { out: at('several') }, output);
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

describe('the page of runs side by side', () => {
  it.each(['one', 'several'])('is written by `compare --out`, valid, and made again by `groundstate report`, seeds: %s', async (name) => {
    expect((await readdir(at(name))).sort()).toEqual(['report.html', 'results.json']);
    const first = await page(name);
    expect(await faults(first)).toEqual([]);
    const targets = [...first.matchAll(/<a href="#([^"]+)"/g)].map((match) => match[1]);
    expect(targets).toEqual(['accuracy', 'differences', 'cost', 'compared']);
    for (const id of targets) expect(first).toContain(`<section id="${id}"`);
    await rm(join(at(name), 'report.html'));
    await report(at(name), {}, output);
    expect(await page(name)).toBe(first);
  });

  it('gives no verdict with one seed, and the interval of paired shares', async () => {
    const html = await page('one');
    const { differences, rows } = await figures('one');
    const { left, right, overImages, pooled } = differences[0]!;
    // The images do show it: that is not enough.
    expect(pooled!.high).toBeLessThan(0);
    expect(html).toContain(
      `<th scope="row">${left} less ${right}</th><td class="number">${points(overImages.mean)}</td><td class="number">${pointsRange(pooled!.low, pooled!.high)}</td><td>no verdict: one seed</td>`,
    );
    expect(html.match(/no verdict: one seed/g)).toHaveLength(3);
    expect(html).not.toMatch(/<td>(?:ahead|behind|not shown)/);
    expect(html).not.toContain('interval over seeds');
    expect(html).toContain('One training with one seed of each model');
    // Wilson's, over the images.
    const { accuracy, low, high } = rows[0]!.accuracy.worst!;
    expect(html).toContain(
      `<span class="value">${percent(accuracy)}</span> <span class="interval">${percent(low)} to ${percent(high)}</span></td>`,
    );
  });

  it('gives both intervals, every seed and the verdict with several', async () => {
    const html = await page('several');
    const { differences, rows } = await figures('several');
    for (const { left, right, overImages, overSeeds, seeds, verdict } of differences) {
      const each = Object.values(seeds).map(({ difference }) => points(difference));
      expect(each).toHaveLength(3);
      const intervals = [overImages, overSeeds].map(({ low, high }) => `<td class="number">${pointsRange(low, high)}</td>`).join('');
      expect(html).toContain(
        `<th scope="row">${left} less ${right}</th><td class="number">${points(overImages.mean)}</td>${intervals}<td class="number">${each.join(' · ')}</td><td>${verdict}</td>`,
      );
    }
    expect(html).not.toContain('no verdict');
    const { overSeeds } = rows[1]!.accuracy.worst!;
    expect(html).toContain(
      `<span class="interval">${percent(overSeeds.low)} to ${percent(overSeeds.high)}</span> <span class="interval">${overSeeds.seeds.map(percent).join(' · ')}</span>`,
    );
    expect(html).toContain('3 seeds a model.');
  });

  it('names no winner in its headline, and says what was left out and where all of it comes from', async () => {
    const sideBySide = await figures('several');
    const [low, , high] = sideBySide.rows.map(({ accuracy }) => accuracy.worst!.accuracy!).sort((a, b) => a - b);
    const leftOut = ['attack <square>: not every model was attacked with it'];
    const rows = sideBySide.rows.map((row, i) => (i === 0 ? { ...row, gradientEvaluations: null } : row));
    const html = await renderReport({
      kind: 'side-by-side',
      folder: 'both',
      sideBySide: { ...sideBySide, leftOut, rows, runs: ['runs/a', 'runs/b c'] },
    });
    expect(html).toContain(`<h1>3 models: ${percent(low)} to ${percent(high)}\u00a0% in the worst case</h1>`);
    expect(html).toContain('<li>Left out: attack &lt;square>: not every model was attacked with it.</li>');
    expect(html).toContain("groundstate compare runs/a 'runs/b c' --out again");
    expect(html).toContain('<td>seed-0, seed-1 and seed-2</td><td>0, 1 and 2</td>');
    expect(html).toContain('<th scope="row">standard</th><td class="number">–</td>');
    expect(html).toContain('A model without a number was trained elsewhere.');
    expect(await faults(html)).toEqual([]);
  });

  it('lays one seed beside several: each pair has what its own seeds show', async () => {
    const sideBySide = await figures('several');
    const one = await figures('one');
    const mixed: SideBySide = {
      ...sideBySide,
      rows: [...sideBySide.rows.slice(0, 2), one.rows[2]!],
      differences: [sideBySide.differences[0]!, one.differences[1]!],
    };
    const html = await renderReport({ kind: 'side-by-side', folder: 'mixed', sideBySide: mixed });
    expect(html).toContain('Seeds: 3 of standard, 3 of pgd-at and 1 of energy-d2.');
    expect(html.match(/no verdict: one seed/g)).toHaveLength(1);
    // Two rows with the interval over images; the one seed has no spread to draw.
    const chart = html.slice(html.indexOf('id="differences"'), html.indexOf('<div class="size-narrow"', html.indexOf('id="differences"')));
    expect(chart.match(/<path [^>]*fill="var\(--accent\)"/g)).toHaveLength(2);
    expect(chart.match(/<path [^>]*fill="var\(--muted\)"/g)).toHaveLength(1);
    expect(await faults(html)).toEqual([]);
  });

  it('is whole with one model, which has no differences', async () => {
    const sideBySide = await figures('one');
    const alone = {
      ...sideBySide,
      rows: [{ ...sideBySide.rows[0]!, gradientEvaluations: null }],
      differences: [],
    };
    const html = await renderReport({ kind: 'side-by-side', folder: 'alone', sideBySide: alone });
    expect(html).toMatch(/<h1>standard: \d+\.\d\u00a0% in the worst case<\/h1>/);
    expect(html).not.toContain('id="differences"');
    expect(html).toContain('The cost of these trainings is not known:');
    expect(html).toContain('Nothing: every attack and every image of these runs is shared.');
    expect(await faults(html)).toEqual([]);
  });
});

describe('what a page of runs side by side is made of', () => {
  it.each([
    'runs',
    'leftOut',
    'dataset.images',
    'rows.1.seeds',
    'rows.1.accuracy.worst',
    'rows.1.accuracy.clean',
    'rows.0.accuracy.clean.overSeeds',
    'differences.0.pooled',
    'differences.0.verdict',
  ])('is refused without %s', async (place) => {
    const found: unknown = await figures('one');
    const keys = place.split('.');
    const last = keys.pop()!;
    Reflect.deleteProperty(keys.reduce((inner, key) => Reflect.get(inner as object, key), found) as object, last);
    const folder = at(`without ${place}`);
    await mkdir(folder);
    await writeFile(join(folder, 'results.json'), JSON.stringify(found));
    await expect(readReportInput(folder)).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining(`got a fault in \`${place}\` of `),
    });
  });
});

describe('compare --out', () => {
  it('keeps and answers the figures, whatever becomes of the page', async () => {
    vi.doMock('./write-report', () => ({ writeReport: () => Promise.reject(new Error('no space is left')) }));
    said.length = 0;
    answered.length = 0;
    try {
      await expect(compare([at('seed-0')], { out: at('no page') }, output)).rejects.toThrow('no space is left');
    } finally {
      vi.doUnmock('./write-report');
    }
    expect(answered).toEqual([await figures('no page')]);
    expect(await readdir(at('no page'))).toEqual(['results.json']);
    expect(said).toEqual([`The results stand. To write report.html: groundstate report '${at('no page')}'`]);
  });
});
