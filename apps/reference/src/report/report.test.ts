import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GroundstateError } from '@groundstate/core';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faults } from '../../tests/html-faults';
import { collectedFixture, runFixture, writeRunFixture } from '../../tests/report-fixture';
import { report } from '../commands/report';
import type { Output } from '../console/output';
import { percent, percentRange, points, pointsRange } from './format';
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
    expect(targets).toEqual([
      'accuracy',
      'findings',
      'differences',
      'budget',
      'training',
      'path',
      'gallery',
      'masking',
      'cost',
      'reproduce',
    ]);
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
    // Of 300 images: what APGD took for each, and all three attacks together.
    expect(html).toContain('<span class="small">n 300 · 52 + 50</span>');
    expect(html).toContain('<span class="small">n 300 · 375 + 70</span>');
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

describe('the page of a run with several seeds', () => {
  const several = join(scratch, 'several');
  let page: string;
  beforeAll(async () => {
    const { results } = await writeRunFixture(several, undefined, { seeds: [3, 4, 5] });
    const diverged = [{ name: 'wild', seed: 4, reason: 'the loss was not finite' }];
    await writeFile(join(several, 'results.json'), JSON.stringify({ ...results, diverged }));
    page = await renderReport(await readReportInput(several));
  });

  it('is valid, gives every identifier once, and is whole without a script', async () => {
    expect(await faults(page)).toEqual([]);
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]!);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
    expect(loaded(page)).toEqual([]);
    // A strip, the differences; of every seed a budget curve and a profile, in two sizes each, and eight panels.
    expect([...page.matchAll(/<svg[^>]*role="img"/g)]).toHaveLength(4 + 3 * (2 * 2 + 3 + 2 + 3));
  });

  it('leads with means over the seeds, their interval and each seed, and names what diverged', () => {
    const { summaries } = collectedFixture(undefined, { seeds: [3, 4, 5] }).results;
    const worst = summaries.map(({ accuracy }) => accuracy.worst!);
    const best = Math.max(...worst.map(({ mean }) => mean!));
    expect(page).toContain(`<h1>At best ${percent(best)}\u00a0% in the worst case, over 3 seeds</h1>`);
    for (const { mean, low, high, seeds } of worst) {
      const range = percentRange(Math.max(0, low!), high);
      const cell = `<span class="value">${percent(mean)}</span> <span class="interval">${range}</span> <span class="interval">${seeds.map(percent).join(' · ')}</span>`;
      expect(page).toContain(cell);
    }
    // In every mean of a share under attack: three defences, three attacks and all together. APGD took 52 + 50 of the first.
    expect(page.match(/<span class="small">n 3 × 300 · \d+ \+ \d+<\/span>/g)).toHaveLength(3 * 4);
    expect(page.match(/<span class="small">n 3 × 300<\/span>/g)).toHaveLength(3);
    expect(page).toContain('<span class="small">n 3 × 300 · 52 + 50</span>');
    expect(page).toContain('Trainings that came to no end: wild with seed 4. These defences have no mean');
    expect(page).toContain('3 seeds a defence (3, 4 and 5)');
    // Of one training, and widest where about half stands: of pgd-at with seed 5, 189 of 300, Wilson's interval is 57.4 to 68.3.
    expect(page).toContain('300 images: other images may move a worst case by up to 5.4 points to either side.');
  });

  it('folds what is of one seed alone, the first open, and tells masking and cost by seed', () => {
    const folded = [...page.matchAll(/<details class="seed"( open)?><summary>Seed (\d)<\/summary>/g)];
    const sections = 5;
    expect(folded.map(([, open, seed]) => `${seed}${open ?? ''}`)).toEqual(Array(sections).fill(['3 open', '4', '5']).flat());
    for (const seed of [3, 4, 5]) expect(page).toContain(`<th scope="row">pgd-at, seed ${seed}</th><td><span class="badge bad">`);
    expect(page).toContain('found something suspicious about pgd-at (seeds 3, 4 and 5): see');
    // Its training took 12.5 s times 4, whatever the seed.
    expect(page).toMatch(
      /<th scope="row">pgd-at, seed 5<\/th><td class="number">144\u202f000<\/td><td class="number">8<\/td><td class="number">50 s/,
    );
    expect(page).not.toMatch(/There is no training log of (?!wild)/);
  });

  it('gives both intervals, every seed and the verdict of each difference', () => {
    const { differences } = collectedFixture(undefined, { seeds: [3, 4, 5] }).results;
    expect(differences).toHaveLength(3);
    for (const { left, right, overImages, overSeeds, verdict } of differences) {
      const cells = [overImages, overSeeds].map(({ low, high }) => `<td class="number">${pointsRange(low, high)}</td>`).join('');
      expect(page).toContain(`<th scope="row">${left} less ${right}</th><td class="number">${points(overImages.mean)}</td>${cells}`);
      expect(page).toContain(`<td>${verdict}</td>`);
    }
  });
});

describe('the page of a run from few labels', () => {
  it.each([[[0]], [[0, 1]]])('leads with the test error of the whole test set, seeds: %j', async (seeds) => {
    const options = { seeds, task: 'semi-supervised' } as const;
    const page = await renderReport(runFixture(undefined, options));
    expect(await faults(page)).toEqual([]);
    const { summaries, differences } = collectedFixture(undefined, options).results;
    const errors = summaries.map(({ accuracy }) => 1 - accuracy.clean!.mean!);
    const worst = Math.max(...summaries.map(({ accuracy }) => accuracy.worst!.mean!));
    // The least error is not that of the defence that stands best: nobody has both.
    expect(summaries.find(({ accuracy }) => accuracy.worst!.mean === worst)!.accuracy.clean!.mean).toBeLessThan(1 - Math.min(...errors));
    const said = `at best ${percent(Math.min(...errors))}\u00a0% test error, and ${percent(worst)}\u00a0% in the worst case by another defence`;
    expect(page).toContain(`<h1>From 100 labels: ${said}${seeds.length === 1 ? '' : ', over 2 seeds'}</h1>`);
    expect(page).toContain('On 300 images, clean on 1\u202f000.');
    expect(page).toMatch(
      /<th scope="col">Defence<\/th><th scope="col" class="number">Test error<\/th><th scope="col" class="number">Worst case/,
    );
    for (const error of errors) expect(page).toContain(`<span class="value">${percent(error)}</span>`);
    expect(page).toContain('The test error on all 1\u202f000 test images');
    // On the whole test set, and under attack.
    expect(page.match(/ less /g)!.length).toBeGreaterThanOrEqual(differences.length);
    expect(page).toContain('Clean images, the whole test set</h3>');
    expect(differences.map(({ figure }) => figure)).toEqual([...Array(3).fill('clean'), ...Array(3).fill('worst')]);
  });
});

describe('the headline from few labels', () => {
  it('speaks of one defence where one has both the least error and the best worst case', async () => {
    const page = await renderReport(runFixture(['standard'], { task: 'semi-supervised' }));
    expect(page).toMatch(/<h1>From 100 labels: at best [\d.]+\u00a0% test error, and [\d.]+\u00a0% in the worst case<\/h1>/);
  });

  it('does so too where others stand as well under attack as the one with the least error', async () => {
    const input = runFixture(undefined, { task: 'semi-supervised' });
    const rows = input.results.defences.map((row) => ({ ...row, robust: row.robust.map((each) => ({ ...each, accuracy: 0 })) }));
    const page = await renderReport({ ...input, results: { ...input.results, defences: rows } });
    expect(page).toMatch(/<h1>From 100 labels: at best [\d.]+\u00a0% test error, and 0\.0\u00a0% in the worst case<\/h1>/);
  });
});

describe('the page of other data', () => {
  it.each([
    ['synthetic-shapes', 'CIFAR-10'],
    ['synthetic-street-digits', 'SVHN'],
    ['svhn-form-digits', 'SVHN'],
  ])('says of %s that its numbers are none of %s', async (dataset, other) => {
    const page = await renderReport(runFixture(undefined, { dataset }));
    expect(page).toContain(`the numbers say nothing about ${other}.`);
    expect(page).toContain(`<title>first: robustness report, ${dataset}</title>`);
  });

  it('says what the files are where they are not the published ones', async () => {
    const input = runFixture(undefined, { dataset: 'cifar-10' });
    const source = 'not the published set but two of its five batches: 20,000 training images, from data/cifar10';
    const { results } = input;
    const page = await renderReport({ ...input, results: { ...results, dataset: { ...results.dataset, source } } });
    expect(page).toContain('<li>These files are not the published set of cifar-10 but two of its five batches.</li>');
    expect(await renderReport(input)).not.toContain('These files');
  });

  it('gives a budget of bytes as one types it', async () => {
    const input = runFixture();
    const page = await renderReport({ ...input, results: { ...input.results, threat: { norm: 'linf', epsilon: 8 / 255 } } });
    expect(page).toContain('at most 8/255 in the linf norm (no pixel may change by more than that');
    expect(page).toContain('budget 8/255 in linf');
  });

  it('shows images in colour as they are', async () => {
    const png = new PNG({ width: 32, height: 32 });
    png.data.fill(255);
    const address = `data:image/png;base64,${PNG.sync.write(png, { colorType: 2 }).toString('base64')}`;
    const input = runFixture(undefined, { dataset: 'synthetic-shapes' });
    const images = Object.fromEntries(Object.keys(input.images).map((path) => [path, address]));
    expect(await renderReport({ ...input, images })).toContain(`<img src="${address}"`);
  });
});

describe('the page of a run of the first version', () => {
  it('says the same as one of today, but for what it never knew', async () => {
    const old = join(scratch, 'earlier', 'first');
    const { results } = await writeRunFixture(old);
    const { outcomes } = collectedFixture();
    const rows = results.defences.map(({ seed: _, robust, ...row }) => ({ ...row, robust: robust.map(({ passes: __, ...each }) => each) }));
    const { dataset, backend, threat } = results;
    const first = { schema: 'groundstate/results@1', dataset, backend, seed: 0, threat, defences: rows };
    await writeFile(join(old, 'results.json'), JSON.stringify(first));
    await writeFile(
      join(old, 'outcomes.json'),
      JSON.stringify(Object.fromEntries(Object.entries(outcomes).map(([name, of]) => [name, of['seed 0']]))),
    );
    const page = await renderReport(await readReportInput(old));
    expect(await faults(page)).toEqual([]);
    const known = html
      .replaceAll(/ <span class="small">n 300 · [^<]*<\/span>/g, ' <span class="small">n 300</span>')
      .replace(/ In small print: .*?gradient evaluations\./, '')
      .replace(/<div><dt>model<\/dt>.*?<\/div><div><dt>parameters<\/dt>.*?<\/div>/, '');
    expect(page).toBe(known);
    await rm(join(old, 'outcomes.json'));
    expect(await renderReport(await readReportInput(old))).toContain('There is no outcomes.json that tells of the same images');
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
    for (const words of ['no training log of standard, pgd-at and energy-d2', 'no timings.json', 'no config.json']) {
      expect(page).toContain(words);
    }
    // The overview, the differences and the profile, which the results alone give.
    expect(page.match(/<svg[^>]* role="img"/g)).toHaveLength(6);
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
      /to be of schema groundstate\/results@2, groundstate\/comparison@1 or groundstate\/side-by-side@1, got "groundstate\/training@1"/,
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
