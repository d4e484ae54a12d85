import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GroundstateError } from '@groundstate/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faults } from '../../tests/html-faults';
import { runFixture, writeRunFixture } from '../../tests/report-fixture';
import { report } from '../commands/report';
import type { Output } from '../console/output';
import { seriesColours } from './palette';
import { readReportInput } from './read-report-input';
import { renderReport } from './render-report';
import { themes } from './style';
import { writeReport } from './write-report';

const scratch = join(tmpdir(), `groundstate-report-${process.pid}`);
const folder = join(scratch, 'first');
let html: string;
beforeAll(async () => {
  await writeRunFixture(folder);
  html = await renderReport(await readReportInput(folder));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

/** Whatever a browser would fetch. */
function loaded(text: string): readonly string[] {
  const withoutText = text.replaceAll(/xmlns(?::\w+)?="[^"]*"/g, '');
  const found = [
    ...withoutText.matchAll(/\s(?:src|srcset|data|poster|action|xlink:href|href)="([^"]*)"|url\(\s*['"]?([^)'"]*)|@import\s+([^;]*)/g),
  ];
  return found.map((match) => match[1] ?? match[2] ?? match[3]!).filter((address) => !/^(?:#|data:image\/png;base64,)/.test(address));
}

describe('the page of a run', () => {
  it('is valid HTML, by the rules of accessibility too', async () => {
    expect(await faults(html)).toEqual([]);
    expect(await faults(html.replace('<h2', '<h4'))).not.toEqual([]);
  });

  it('loads nothing, runs nothing and says so to the browser', () => {
    expect(loaded(html)).toEqual([]);
    expect(loaded('<img src="http://example.org/a.png"><style>@import "b"; p { background: url(c) }</style>')).toHaveLength(3);
    expect(html).not.toMatch(/<script|javascript:|\son\w+=/i);
    expect(html).toContain("default-src 'none'");
    expect(html.length).toBeLessThan(3_000_000);
  });

  it('has every section, with a heading that the contents lead to', () => {
    const targets = [...html.matchAll(/<a href="#([^"]+)"/g)].map((match) => match[1]);
    expect(targets).toEqual(['accuracy', 'differences', 'budget', 'training', 'path', 'gallery', 'masking', 'cost', 'reproduce']);
    for (const id of targets) expect(html).toContain(`<section id="${id}"`);
  });

  it('gives every identifier once, and names and describes every chart', () => {
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]!);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
    for (const reference of html.matchAll(/(?:aria-labelledby|for)="([^"]+)"|url\(#([^)]+)\)/g)) {
      for (const id of (reference[1] ?? reference[2])!.split(' ')) expect(ids).toContain(id);
    }
    const charts = [...html.matchAll(/<svg[^>]* role="img" aria-labelledby="(\S+) (\S+)"/g)];
    // Four charts in two sizes, three terms, two validation figures, three paths.
    expect(charts).toHaveLength(4 * 2 + 3 + 2 + 3);
  });

  it('quotes the numbers of the files: shares, paired differences, verdicts, cost', async () => {
    // 195 of 300 of pgd-at stand; 22 images stand for energy-d2 alone: 1000 consecutive residues, by construction of the fixture.
    expect(html).toMatch(/<th scope="row">pgd-at<\/th><td class="number"><span class="value">65\.0<\/span>/);
    expect(html).toContain('energy-d2 less pgd-at');
    // A single run never says more than its one seed shows.
    expect(html).toMatch(/<td>ahead with these trainings<\/td>/);
    expect(html).not.toMatch(/<td>(?:ahead|behind)<\/td>/);
    expect(html).toContain('which does not show that another training of it would be ahead');
    expect(html).toMatch(/15 checks: |9 checks: 5 fine, 1 suspicious, 3 not judged/);
    expect(html).toContain('found something suspicious about pgd-at');
    expect(html).toContain('groundstate run mnist --preset quick --out runs/first');
    expect(html).toMatch(/144\u202f000<\/td><td class="number">8<\/td>/);
    expect(html).toContain('0a0443b');
  });

  it('is the same for the same folder, byte by byte', async () => {
    expect(await renderReport(await readReportInput(folder))).toBe(html);
    expect(await renderReport(runFixture())).toBe(html);
  });

  it('shows names as text, whatever they hold', async () => {
    const nasty = '<script>alert(1)</script>" onload="x';
    const input = runFixture(['standard', nasty]);
    const results = { ...input.results, dataset: { ...input.results.dataset, name: nasty, source: '</style><img src=x>' } };
    const page = await renderReport({ ...input, results, folder: '<b>', remarks: ['<i>'] });
    expect(page).not.toMatch(/<script|<img src=x|<b>|<i>/);
    expect(page).toContain('&lt;script>alert(1)&lt;/script>');
    expect(await faults(page)).toEqual([]);
  });

  it('tells more defences apart than there are colours', async () => {
    const names = Array.from({ length: 11 }, (_, i) => `defence-${i}`);
    const page = await renderReport(runFixture(names));
    expect(await faults(page)).toEqual([]);
    // All against the best alone.
    expect([...page.matchAll(/<th scope="row">defence-\d+ less defence-\d+<\/th>/g)]).toHaveLength(10);
  });
});

describe('what is missing', () => {
  it('is said where it would stand, and no chart is empty', async () => {
    const bare = join(scratch, 'bare');
    await writeRunFixture(bare);
    for (const file of ['audit.json', 'outcomes.json', 'timings.json', 'config.json', 'logs', 'samples']) {
      await rm(join(bare, file), { recursive: true });
    }
    const page = await renderReport(await readReportInput(bare));
    expect(page.match(/This folder has no audit\.json/g)).toHaveLength(4);
    for (const words of ['no outcomes.json', 'no training log of standard, pgd-at and energy-d2', 'no timings.json', 'no config.json']) {
      expect(page).toContain(words);
    }
    // The overview and the profile, which the results alone give.
    expect(page.match(/<svg[^>]* role="img"/g)).toHaveLength(4);
    expect(await faults(page)).toEqual([]);
  });

  it('is told line by line where a log is damaged, and the steps before a resumption are not shown twice', async () => {
    const torn = join(scratch, 'torn');
    await writeRunFixture(torn);
    const step = (at: number, value: number): string =>
      JSON.stringify({
        at: '2026-01-01T00:00:00Z',
        kind: 'step',
        step: at,
        steps: 3,
        epoch: 1,
        learningRate: 1,
        terms: { cleanLoss: value },
      });
    const lines = [
      step(1, 1),
      step(2, 9),
      JSON.stringify({ at: '2026-01-01T00:00:00Z', kind: 'resumed', step: 1 }),
      step(2, 2),
      step(3, 3),
      '{"at":"2026',
    ];
    await writeFile(join(torn, 'logs', 'standard', 'events.jsonl'), lines.join('\n'));
    const input = await readReportInput(torn);
    expect(input).toMatchObject({ remarks: ['logs/standard/events.jsonl: line 6 could not be read and is left out of the curves.'] });
    const values = input.kind === 'run' ? input.logs.standard!.map((event) => (event.kind === 'step' ? event.terms.cleanLoss : null)) : [];
    expect(values).toEqual([1, 2, 3]);
    expect(await renderReport(input)).toContain('line 6 could not be read');
  });

  it('is told of an image that is gone, is none or lies elsewhere, and nothing elsewhere is read', async () => {
    const broken = join(scratch, 'broken');
    const { audit } = await writeRunFixture(broken);
    const [first, second, third] = audit!.defences[0]!.samples;
    await rm(join(broken, first!.images.clean));
    await writeFile(join(broken, second!.images.clean), 'no image');
    await rm(join(broken, third!.images.clean));
    await symlink(join(folder, third!.images.clean), join(broken, third!.images.clean));
    const input = await readReportInput(broken);
    expect(input).toMatchObject({
      remarks: [
        `${first!.images.clean} could not be read (ENOENT).`,
        `${second!.images.clean} is not a PNG image.`,
        `${third!.images.clean} lies outside of the run's folder and was not read.`,
      ],
    });
    expect((await renderReport(input)).match(/file missing/g)).toHaveLength(3);
  });

  it('is told of a defence whose name would lead out of the folder', async () => {
    const lured = join(scratch, 'lured');
    await writeRunFixture(lured);
    const { defences, ...others } = (await readReportInput(lured).then((input) => (input.kind === 'run' ? input.results : null)))!;
    const name = '../../first/logs/standard';
    await writeFile(
      join(lured, 'results.json'),
      JSON.stringify({ ...others, defences: [{ ...defences[0]!, name }, ...defences.slice(1)] }),
    );
    const input = await readReportInput(lured);
    expect(input).toMatchObject({ remarks: [`The log of ${name} would lie outside of the run's folder and was not read.`] });
    expect(input.kind === 'run' && Object.keys(input.logs)).toEqual(['pgd-at', 'energy-d2']);
  });
});

describe('writeReport', () => {
  it('writes report.html whole, over an earlier one, and leaves nothing else behind', async () => {
    const before = (await readdir(folder)).sort();
    await writeFile(join(folder, 'report.html'), 'earlier');
    expect(await writeReport(folder)).toBe(join(folder, 'report.html'));
    expect(await readFile(join(folder, 'report.html'), 'utf8')).toBe(html);
    expect((await readdir(folder)).sort()).toEqual([...before, 'report.html'].sort());
  });

  it('leaves an earlier report as it was where a file of the run is broken', async () => {
    const spoilt = join(scratch, 'spoilt');
    await writeRunFixture(spoilt);
    await writeFile(join(spoilt, 'report.html'), 'earlier');
    await writeFile(join(spoilt, 'audit.json'), JSON.stringify({ schema: 'groundstate/audit@1', defences: [{ name: 'standard' }] }));
    const before = await readdir(spoilt);
    await expect(writeReport(spoilt)).rejects.toThrow(
      /^report: expected `.*audit\.json` to be as a run writes it, got a fault in `defences\.0\.n`/,
    );
    expect(await readFile(join(spoilt, 'report.html'), 'utf8')).toBe('earlier');
    expect(await readdir(spoilt)).toEqual(before);
  });

  it('refuses what is no finished run', async () => {
    const empty = join(scratch, 'empty');
    await mkdir(empty, { recursive: true });
    await expect(writeReport(empty)).rejects.toThrow(
      /^report: expected `.*` to be the folder of a finished run, got one without results\.json\. Finish/,
    );
    await writeFile(join(empty, 'results.json'), '{"schema":"groundstate/training@1"}');
    await expect(writeReport(empty)).rejects.toThrow(
      /to be of schema groundstate\/results@1, groundstate\/comparison@1 or groundstate\/side-by-side@1, got "groundstate\/training@1"/,
    );
    await writeFile(join(empty, 'results.json'), '{"schema":"groundstate/results@1","seed":"x"}');
    await expect(writeReport(empty)).rejects.toSatisfy((cause) => GroundstateError.is(cause) && cause.code === 'corrupt');
    expect(await readdir(empty)).toEqual(['results.json']);
  });

  it('is what `groundstate report` calls, which overwrites nothing that --out names', async () => {
    const said: unknown[] = [];
    const output = { answer: (text: string, data: unknown) => said.push(text, data) } as unknown as Output;
    const out = join(scratch, 'page.html');
    await report(folder, { out }, output);
    expect(said).toEqual([`Report: ${out}`, { report: out }]);
    await expect(report(folder, { out }, output)).rejects.toThrow(/^report: expected `--out` to be a file that does not exist yet, got "/);
    expect(await readFile(out, 'utf8')).toBe(html);
  });
});

describe('colours', () => {
  /** WCAG 2.2, relative luminance and contrast. */
  const luminance = (colour: string): number => {
    const [red, green, blue] = [1, 3, 5]
      .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  };
  const contrast = (one: string, other: string): number => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high! + 0.05) / (low! + 0.05);
  };

  it('black on white has the contrast that the definition gives, 21', () => expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 10));

  it.each(['light', 'dark'] as const)('lines keep 3:1 and words 4.5:1 against the page, %s', (name) => {
    const theme = themes[name];
    for (const colour of seriesColours) expect(contrast(colour[name], theme.page!), colour[name]).toBeGreaterThanOrEqual(3);
    for (const word of ['ink', 'muted', 'accent', 'good', 'bad'])
      expect(contrast(theme[word]!, theme.page!), word).toBeGreaterThanOrEqual(4.5);
    expect(contrast(theme['strong-line']!, theme.page!)).toBeGreaterThanOrEqual(3);
  });
});
