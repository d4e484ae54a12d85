import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readEventFile, type Seen } from '../../tests/event-file';
import type { DefenceAudit, Sample } from '../audit/audit';
import { logAudit } from './log-audit';
import { openUnitLog } from './unit-log';

let run = '';
let folder = '';
let said: string[] = [];
const say = (line: string): void => void said.push(line);
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'groundstate-log-audit-'));
  folder = join(run, 'logs', 'pgd-at');
  said = [];
  await mkdir(join(run, 'samples', 'pgd-at'), { recursive: true });
  await writeFile(join(run, images.clean), PNG.sync.write(new PNG({ width: 3, height: 2 }), { colorType: 0 }));
  await writeFile(join(run, images.perturbation), PNG.sync.write(new PNG({ width: 5, height: 7 }), { colorType: 2 }));
  await writeFile(join(run, images.adversarial), PNG.sync.write(new PNG({ width: 1, height: 1 }), { colorType: 6 }));
});
afterEach(() => rm(run, { recursive: true, force: true }));

const images = {
  clean: 'samples/pgd-at/17-clean.png',
  perturbation: 'samples/pgd-at/17-perturbation.png',
  adversarial: 'samples/pgd-at/17-adversarial.png',
};
const sample: Sample = {
  id: 17,
  label: 3,
  clean: { class: 3, confidence: 0.9 },
  adversarial: { class: 8, confidence: 0.6 },
  distance: 1,
  images,
};
const audit = (margins: DefenceAudit['margins'], samples: readonly Sample[] = [sample]): DefenceAudit => ({
  name: 'pgd-at',
  n: 2,
  attack: 'apgd-ce',
  budgets: [],
  path: [],
  energies: [],
  masking: [],
  margins,
  samples,
});
async function seenIn(name: 'events' | 'audit'): Promise<Seen[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(`groundstate-${name}`)).sort();
  return readEventFile(await readFile(join(folder, files.at(-1)!)));
}

it('shows the gallery as images, byte for byte, and the margins as histograms, at the last step', async () => {
  const log = await openUnitLog(folder, { stands: () => false, say });
  log.write({ kind: 'trained', step: 40, gradientEvaluations: 1, seconds: 1 });
  await logAudit(folder, run, audit({ clean: [1, 3], adversarial: [-2, -2] }), say);
  const seen = (await seenIn('audit')).flatMap(({ step, values }) => values.map((value) => ({ step, ...value })));
  const png = (file: string): Promise<Buffer> => readFile(join(run, file));
  const bytes = await Promise.all(Object.values(images).map(png));
  expect(seen.map(({ step, tag }) => [step, tag])).toEqual([
    [40, 'sample-17/clean'],
    [40, 'sample-17/perturbation'],
    [40, 'sample-17/adversarial'],
    [40, 'margins/clean'],
    [40, 'margins/adversarial'],
  ]);
  // Grey, colour, colour and alpha.
  expect(seen.slice(0, 3).map(({ image }) => [image!.width, image!.height, image!.colours])).toEqual([
    [3, 2, 1],
    [5, 7, 3],
    [1, 1, 4],
  ]);
  for (const [i, { image }] of seen.slice(0, 3).entries()) expect(Buffer.from(image!.png).equals(bytes[i]!)).toBe(true);
  const [clean, adversarial] = seen.slice(3).map((value) => value.histogram!);
  // Least, greatest, how many, sum, sum of squares.
  expect(clean!.figures).toEqual([1, 3, 2, 4, 10]);
  expect([clean!.limits.length, clean!.counts[0], clean!.counts.at(-1)]).toEqual([30, 1, 1]);
  expect(adversarial).toEqual({ figures: [-2, -2, 2, -4, 8], limits: [-2], counts: [2] });
  expect(said).toEqual([]);
});

it('a later audit takes the place of an earlier one, and leaves the scalars', async () => {
  const log = await openUnitLog(folder, { stands: () => false, say });
  log.write({ kind: 'attacked', step: 1, clean: 1, robust: {}, seconds: 1 });
  await logAudit(folder, run, audit({ clean: [1], adversarial: [0] }), say);
  await logAudit(folder, run, audit({ clean: [2], adversarial: [1] }, []), say);
  expect((await seenIn('audit')).flatMap(({ values }) => values.map(({ tag }) => tag))).toEqual(['margins/clean', 'margins/adversarial']);
  expect((await seenIn('events')).flatMap(({ values }) => values.map(({ tag }) => tag))).toEqual(['clean']);
});

it('says how many margins a histogram cannot hold', async () => {
  await logAudit(folder, run, audit({ clean: [1, Number.NaN, 2], adversarial: [Number.NaN] }), say);
  expect(said).toEqual([
    'log: 1 of 3 clean margins of pgd-at are not finite; the histogram is without them.',
    'log: 1 of 1 adversarial margins of pgd-at are not finite; the histogram is without them.',
  ]);
  expect((await seenIn('audit')).flatMap(({ values }) => values.map(({ tag }) => tag))).toEqual([
    'sample-17/clean',
    'sample-17/perturbation',
    'sample-17/adversarial',
    'margins/clean',
  ]);
});

it('a picture that is missing costs the log, not the run', async () => {
  await rm(join(run, images.clean));
  await logAudit(folder, run, audit({ clean: [1], adversarial: [1] }), say);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/^log: expected `.+17-clean\.png` to be a PNG, got ENOENT.+The work goes on without a log\.$/);
});
