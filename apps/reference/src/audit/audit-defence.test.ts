import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNoise, type Examples, examplesFromArrays, l2, linf, type Model, type Norm } from '@groundstate/core';
import type { Outcomes } from '@groundstate/metrics';
import { binaryModel, leakedTensors, linearModel, smoothModel, waveModel } from '@groundstate/testing';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assess, parseAttacks } from '../assess';
import type { DefenceAudit, MaskingCheck } from './audit';
import { type AuditOptions, auditDefence } from './audit-defence';
import { squareBeatsGradients } from './masking';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-audit-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const attacks = ['pgd:steps=3', 'square:queries=40'];
const task = { at: () => undefined, finish: () => undefined, fail: () => undefined };
const sizes = { images: 40, steps: 3, samples: 4 };
/** For what does not look at them. */
const none: Outcomes = { ids: [], standing: { clean: '', ...Object.fromEntries(attacks.map((attack) => [attack, ''])) } };
let count = 0;

async function outcomesOf(model: Model, examples: Examples, norm: Norm, epsilon: number): Promise<Outcomes> {
  const { signal } = new AbortController();
  const report = await assess(model, examples, { threat: { norm, epsilon }, attacks, seed: 1, signal, task });
  return report.values.outcomes as Outcomes;
}

async function audit(
  model: Model,
  examples: Examples,
  { norm = linf(), epsilon = 0.1, ...options }: Partial<AuditOptions> & { readonly norm?: Norm; readonly epsilon?: number } = {},
): Promise<DefenceAudit> {
  const samples = { path: join(folder, `samples-${count++}`), relative: 'samples/x' };
  return auditDefence(model, examples, {
    name: 'x',
    threat: { norm, epsilon },
    sizes,
    seed: 1,
    attacks,
    outcomes: none,
    samples,
    ...options,
  });
}

const verdicts = ({ masking }: DefenceAudit): Record<string, MaskingCheck['verdict']> =>
  Object.fromEntries(masking.map(({ check, verdict }) => [check, verdict]));

/**
 * The lead of class 1 is s = <w, x> - 1/4, 0 at the middle of the box. Inputs lie along w from there, at the leads that are
 * asked for. Within linf epsilon the lead falls by epsilon |w|_1 = 2 epsilon, and the box is not in the way.
 */
const weights = [1, -0.5, 0.25, -0.25];
const linear = linearModel(weights, -0.25, [2, 2, 1]);
const square = weights.reduce((sum, weight) => sum + weight * weight, 0);
function atLeads(leads: readonly number[], labels = leads.map(() => 1)): Examples {
  const inputs = leads.flatMap((lead) => weights.map((weight) => 0.5 + (lead * weight) / square));
  return examplesFromArrays({ inputs: Float32Array.from(inputs), labels, shape: [2, 2, 1] });
}
const leads = [-0.1, 0.03, 0.08, 0.12, 0.17, 0.25, 0.35, 0.5];

describe('auditDefence on a linear model', () => {
  const softplus = (x: number): number => Math.log1p(Math.exp(x));

  it('has the budget curve of the closed form: who leads by more than the budget times the dual norm stands', async () => {
    const found = await audit(linear, atLeads(leads));
    // Thresholds of the lead at 0, 0.025, ...: 0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4; one lead lies between each two.
    expect(found.budgets.map(({ epsilon }) => epsilon)).toEqual([0, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2]);
    expect(found.budgets.map(({ accuracy }) => 8 * accuracy!)).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect(found).toMatchObject({ name: 'x', n: 8, attack: 'apgd-ce:steps=3' });
    // Wilson for 4 of 8, from the definition: (4 + z^2 / 2 -+ z sqrt(2 + z^2 / 4)) / (8 + z^2), z = 1.96.
    expect(found.budgets[3]!.low).toBeCloseTo(0.2152, 4);
    expect(found.budgets[3]!.high).toBeCloseTo(0.7848, 4);
  });

  it('has it in l2 as well, where the dual norm is the length of the weights', async () => {
    const found = await audit(linear, atLeads(leads), { norm: l2() });
    const standing = found.budgets.map(({ epsilon }) => leads.filter((lead) => lead > epsilon * Math.sqrt(square)).length);
    expect(found.budgets.map(({ accuracy }) => 8 * accuracy!)).toEqual(standing);
    expect(new Set(standing).size).toBeGreaterThan(3);
  });

  it('has the losses of the path, mean and quartiles, and their energies', async () => {
    const found = await audit(linear, atLeads(leads));
    // The path goes straight to the corner: l(t) = log(1 + exp(-(s - 0.2 t))).
    const losses = (t: number): number[] => leads.map((lead) => softplus(0.2 * t - lead)).sort((a, b) => a - b);
    expect(found.path.map(({ fraction }) => fraction)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8].map((k) => k / 8));
    for (const { fraction, mean, lower, median, upper } of found.path) {
      const at = losses(fraction);
      expect(mean).toBeCloseTo(at.reduce((sum, loss) => sum + loss) / 8, 5);
      // Of eight: the quartiles lie 1.75, 3.5 and 5.25 places from the first.
      expect(
        [lower, median, upper].map(
          (value, i) => value - [0.25 * at[1]! + 0.75 * at[2]!, (at[3]! + at[4]!) / 2, 0.75 * at[5]! + 0.25 * at[6]!][i]!,
        ),
      ).toEqual([0, 0, 0].map(() => expect.closeTo(0, 5)));
    }
    const meanOver = (value: (lead: number) => number): number => leads.reduce((sum, lead) => sum + value(lead), 0) / 8;
    for (const { segments, energy, variation } of found.energies) {
      const loss = (lead: number, k: number): number => softplus((0.2 * k) / segments - lead);
      const squares = (lead: number): number =>
        Array.from({ length: segments }, (_, k) => (loss(lead, k + 1) - loss(lead, k)) ** 2).reduce((sum, each) => sum + each);
      expect(energy).toBeCloseTo(segments * meanOver(squares), 6);
      // The loss rises all the way: the variation is the gap.
      expect(variation).toBeCloseTo(
        meanOver((lead) => loss(lead, segments) - loss(lead, 0)),
        5,
      );
    }
    expect(found.energies.map(({ segments }) => segments)).toEqual([1, 2, 4, 8]);
  });

  it('has the margins as they are and at the corner of the ball', async () => {
    const { margins } = await audit(linear, atLeads(leads, [1, 1, 1, 1, 1, 1, 1, 0]));
    const clean = leads.map((lead, i) => (i === 7 ? -lead : lead));
    expect(margins.clean).toEqual(clean.map((lead) => expect.closeTo(lead, 5)));
    expect(margins.adversarial).toEqual(clean.map((lead) => expect.closeTo(lead - 0.2, 5)));
  });

  it('passes all checks, and its samples are the first fooled and the first standing, as pictures', async () => {
    const examples = atLeads([-0.1, ...Array.from({ length: 20 }, (_, i) => 0.02 * (20 - i) - 0.01)]);
    const samples = { path: join(folder, 'pictures'), relative: 'samples/linear' };
    const found = await audit(linear, examples, { samples, outcomes: await outcomesOf(linear, examples, linf(), 0.1) });
    expect(verdicts(found)).toEqual({
      'square-beats-gradients': 'fine',
      'unbounded-budget': 'fine',
      'more-steps': 'fine',
      'zero-gradients': 'fine',
      'not-finite': 'fine',
    });
    // Leads 0.39, 0.37, ..., 0.01 from position 1: those above 0.2 stand, the last of them 0.21 at 10. Position 0 is wrong as it is.
    expect(found.samples.map(({ id }) => id)).toEqual([1, 2, 11, 12]);
    const [standing, , fooled] = found.samples;
    const confidence = (lead: number): number => 1 / (1 + Math.exp(-lead));
    expect(standing).toMatchObject({ label: 1, clean: { class: 1 }, adversarial: { class: 1 } });
    expect(standing!.clean.confidence).toBeCloseTo(confidence(0.39), 5);
    expect(standing!.adversarial.confidence).toBeCloseTo(confidence(0.19), 5);
    expect(fooled).toMatchObject({ clean: { class: 1 }, adversarial: { class: 0 } });
    expect(fooled!.adversarial.confidence).toBeCloseTo(confidence(0.01), 5);
    expect(fooled!.distance).toBeCloseTo(0.1, 5);
    expect(fooled!.images).toEqual({
      clean: 'samples/linear/11-clean.png',
      perturbation: 'samples/linear/11-perturbation.png',
      adversarial: 'samples/linear/11-adversarial.png',
    });
    const picture = async (kind: string): Promise<number[]> => {
      const png = PNG.sync.read(await readFile(join(samples.path, `11-${kind}.png`)));
      expect([png.width, png.height]).toEqual([2, 2]);
      // Decoded to red, green, blue, alpha; the three are the one grey.
      for (let i = 0; i < 16; i += 4) expect([png.data[i + 1], png.data[i + 2], png.data[i + 3]]).toEqual([png.data[i], png.data[i], 255]);
      return [0, 4, 8, 12].map((i) => png.data[i]!);
    };
    const pixels = weights.map((weight) => 0.5 + (0.19 * weight) / square);
    expect(await picture('clean')).toEqual(pixels.map((pixel) => Math.round(255 * pixel)));
    // Against the weights by epsilon, the full stretch.
    expect(await picture('perturbation')).toEqual([1, 255, 1, 255]);
    expect(await picture('adversarial')).toEqual(pixels.map((pixel, i) => Math.round(255 * (pixel - 0.1 * Math.sign(weights[i]!)))));
  });

  it('fills the gallery from one kind where the other is short, and shows no image that is wrong as it is', async () => {
    const ids = async (leads: readonly number[]): Promise<number[]> => (await audit(linear, atLeads(leads))).samples.map(({ id }) => id);
    expect(await ids([0.1, 0.4, 0.1, 0.1, 0.1, 0.1])).toEqual([0, 1, 2, 3]);
    expect(await ids([0.4, 0.4, 0.1, 0.4, 0.4, 0.4])).toEqual([0, 1, 2, 3]);
    expect(await ids([-0.1, -0.1, 0.4])).toEqual([2]);
  });
});

describe('auditDefence on a model that hides its gradients', () => {
  const many = Array.from({ length: 30 }, (_, i) => 0.02 + 0.004 * i);
  /** Sees the input in steps of a quarter: no gradient anywhere. Leads by 0.1 in the middle, and falls where the first component does. */
  const near = linearModel(weights, -0.15, [2, 2, 1]);
  const stepped: Model = { ...near, logits: (inputs) => near.logits(tf.div(tf.round(tf.mul(inputs, 4)), 4)) };

  it('finds no gradient, and that Square fools what gradients do not', async () => {
    const examples = atLeads(many);
    const found = await audit(stepped, examples, { epsilon: 0.15, outcomes: await outcomesOf(stepped, examples, linf(), 0.15) });
    expect(verdicts(found)).toMatchObject({ 'zero-gradients': 'suspicious', 'square-beats-gradients': 'suspicious', 'not-finite': 'fine' });
    const { figures } = found.masking.find(({ check }) => check === 'zero-gradients')!;
    expect(figures.zero).toBe(figures.right);
    expect(figures.right).toBeGreaterThan(0);
  });

  it('finds no gradient where the logits are so large that none is left', async () => {
    const certain: Model = { ...linear, logits: (inputs) => tf.mul(linear.logits(inputs), 1e5) };
    // exp(-lead) is 0 in float32 from a lead of 104 on; here they begin at 2000.
    const found = await audit(certain, atLeads(many), { epsilon: 0.001 });
    expect(verdicts(found)).toMatchObject({ 'zero-gradients': 'suspicious', 'not-finite': 'fine' });
    // A hundredth of that: exp(-20) and less, small but a gradient, and attacks follow it.
    const sure: Model = { ...linear, logits: (inputs) => tf.mul(linear.logits(inputs), 100) };
    expect(verdicts(await audit(sure, atLeads(many)))).toMatchObject({ 'zero-gradients': 'fine', 'unbounded-budget': 'fine' });
  });

  it('finds that an unbounded attack does not succeed', async () => {
    // Class 1 wherever the attack is let, and no slope to say so.
    const deaf = binaryModel('deaf', [2, 2, 1], (x) => tf.add(tf.mul(tf.sum(tf.reshape(x, [-1, 4]), 1), 0), 3) as Tensor1D);
    const found = await audit(deaf, atLeads(many));
    expect(verdicts(found)).toMatchObject({ 'unbounded-budget': 'suspicious', 'zero-gradients': 'suspicious' });
    const { figures } = found.masking.find(({ check }) => check === 'unbounded-budget')!;
    expect(figures).toEqual({ images: 30, right: 30, standing: 30, chance: 0.5, budget: 1 });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'finds answers of %s, and leaves their images out of means and margins',
    async (answer) => {
      const broken: Model = {
        ...linear,
        logits: (inputs) => {
          const high = inputs
            .dataSync()
            .filter((_, i) => i % 4 === 0)
            .map((first) => Number(first > 0.8));
          const second = tf.tensor2d(
            [...high].flatMap((is) => [0, is]),
            [high.length, 2],
            'bool',
          );
          return tf.where(second, tf.fill(second.shape, answer), linear.logits(inputs)) as ReturnType<Model['logits']>;
        },
      };
      // The first component of the last is 0.5 + 0.5 / 1.375 = 0.86.
      const found = await audit(broken, atLeads([0.12, 0.31, 0.5]));
      expect(verdicts(found)['not-finite']).toBe('suspicious');
      expect(found.masking.at(-1)!.figures).toMatchObject({ images: 3, clean: 1, path: 1, strongest: 1 });
      expect(found.budgets.map(({ accuracy }) => 3 * accuracy!)).toEqual([2, 2, 2, 1, 1, 1, 0]);
      expect([found.margins.clean.length, found.margins.adversarial.length]).toEqual([2, 2]);
      expect(found.path[0]!.mean).toBeCloseTo((Math.log1p(Math.exp(-0.12)) + Math.log1p(Math.exp(-0.31))) / 2, 5);
      expect(JSON.stringify(found)).not.toContain('null');
    },
  );
});

it('an infinite logit of another class is no fooling, as the finding says, and shows in no picture', async () => {
  // Class 0 is infinite where the first component, 0.73 to begin with, is below 0.65.
  const overflowing: Model = {
    ...linear,
    logits: (inputs) => {
      // Out of the tape: a comparison has no gradient.
      const low = inputs.dataSync().filter((_, i) => i % 4 === 0);
      const first = tf.tensor2d(
        [...low].flatMap((value) => [Number(value < 0.65), 0]),
        [low.length, 2],
        'bool',
      );
      return tf.where(first, tf.fill(first.shape, Number.POSITIVE_INFINITY), linear.logits(inputs)) as ReturnType<Model['logits']>;
    },
  };
  const found = await audit(overflowing, atLeads([0.3, 0.3]), { epsilon: 0.1 });
  expect(found.budgets.slice(0, 5).map(({ accuracy }) => accuracy)).toEqual([1, 1, 1, 1, 1]);
  expect(found.masking.at(-1)).toMatchObject({ verdict: 'suspicious', figures: { clean: 0, path: 2, strongest: 0 } });
  expect(found.samples.map(({ adversarial }) => [adversarial.class, Number.isFinite(adversarial.confidence)])).toEqual([
    [1, true],
    [1, true],
  ]);
});

describe('auditDefence', () => {
  const shape = [3, 3, 1];
  const random = examplesFromArrays({
    inputs: createNoise(
      5,
      Int32Array.from({ length: 12 }, (_, i) => i),
    )
      .uniform(shape)
      .dataSync() as Float32Array,
    labels: Array.from({ length: 12 }, (_, i) => (i * 7) % 3),
    shape,
  });

  it('says what it could not judge, and why', async () => {
    const gradients = await audit(linear, atLeads(leads), { attacks: ['pgd:steps=3'] });
    expect(gradients.masking[0]).toMatchObject({
      verdict: 'not judged',
      answer: 'The run attacked with gradients only: add square to its attacks.',
    });
    expect((await audit(linear, atLeads(leads), { attacks: ['square:queries=40'] })).masking[0]!.verdict).toBe('not judged');
    const wrong = await audit(linear, atLeads([-0.1, -0.2]));
    expect(verdicts(wrong)).toEqual({
      'square-beats-gradients': 'not judged',
      'unbounded-budget': 'not judged',
      'more-steps': 'not judged',
      'zero-gradients': 'not judged',
      'not-finite': 'fine',
    });
    expect(wrong.samples).toEqual([]);
  });

  it('counts the images that only Square fools, and judges the share', () => {
    const standing = (fooledBySquare: number, fooledByBoth: number): Outcomes['standing'] => {
      const from = (first: number): string => '0'.repeat(first) + '1'.repeat(200 - first);
      // The first is wrong as it is.
      return { clean: from(1), 'pgd:steps=3': from(1 + fooledByBoth), 'square:queries=40': from(1 + fooledByBoth + fooledBySquare) };
    };
    const judge = (fooledBySquare: number): MaskingCheck =>
      squareBeatsGradients({ ids: [], standing: standing(fooledBySquare, 20) }, parseAttacks(attacks));
    expect(judge(3)).toMatchObject({ verdict: 'fine', figures: { right: 199, resisting: 179, fooled: 3 } });
    expect(judge(4)).toMatchObject({ verdict: 'suspicious', figures: { right: 199, resisting: 179, fooled: 4 } });
    expect(judge(4).answer).toBe(
      'Of 199 images that are right, 179 resist the gradients; square fools 4 of these (2 % of those that are right; suspicious above 2 % and from 3 images).',
    );
  });

  it('gives the same audit and the same pictures whatever the batches, and again', async () => {
    const model = smoothModel({ inputShape: shape, scale: 2 });
    const pictures = async (path: string): Promise<string[]> =>
      Promise.all((await readdir(path)).sort().map(async (file) => file + (await readFile(join(path, file))).toString('base64')));
    const run = async (batchSize: number): Promise<readonly [string, string[]]> => {
      const path = join(folder, `batches-${count++}`);
      const found = await audit(model, random, { epsilon: 0.2, batchSize, samples: { path, relative: 'samples/x' } });
      return [JSON.stringify(found), await pictures(path)];
    };
    const whole = await run(50);
    expect(whole[1].length).toBe(12);
    expect(await run(50)).toEqual(whole);
    expect(await run(5)).toEqual(whole);
    expect(await run(1)).toEqual(whole);
    model.dispose();
  });

  it('shows the energies of the paths in the results, and margins that agree with the curve', async () => {
    const model = smoothModel({ inputShape: shape, scale: 2 });
    const threat = { norm: linf(), epsilon: 0.2 };
    const report = await assess(model, random, { threat, attacks, seed: 1, signal: new AbortController().signal, task });
    const found = await audit(model, random, { epsilon: 0.2 });
    const { D1, D2, D4, D8 } = report.values.energy as Record<string, number>;
    expect(found.energies.map(({ energy }) => energy)).toEqual([D1, D2, D4, D8]);
    const standing = found.budgets.find(({ epsilon }) => epsilon === 0.2)!;
    expect(found.margins.adversarial.filter((margin) => margin > 0).length).toBe(12 * standing.accuracy!);
    expect(found.margins.adversarial.every((margin, i) => margin <= found.margins.clean[i]!)).toBe(true);
    model.dispose();
  });

  it('knows a strongest point that only a smaller budget has found', async () => {
    // lead = cos(40 pi x), 1 at the input; -1 at a distance of 0.025 and 0.075, and 1 again at 0.1, where this attack comes and goes.
    const wave = { ...waveModel(1, 20, 0), inputShape: [1] };
    const found = await audit(wave, examplesFromArrays({ inputs: Float32Array.from([0.5]), labels: [1], shape: [1] }), {
      sizes: { ...sizes, steps: 1 },
    });
    expect(found.budgets.map(({ accuracy }) => accuracy)).toEqual([1, 0, 0, 0, 0, 0, 0]);
    expect(found.margins.adversarial).toEqual([expect.closeTo(-1, 3)]);
    expect(found.samples[0]!.distance).toBeCloseTo(0.025, 5);
  });

  it('starts where the curve starts when it looks for the strongest points', async () => {
    // Flat to the left of the input and falling to the right: who starts to the left finds nothing.
    const half = binaryModel('half', [1], (x) => tf.sub(0.05, tf.relu(tf.sub(tf.reshape(x, [-1]), 0.5))) as Tensor1D);
    const inputs = new Float32Array(30).fill(0.5);
    const found = await audit(half, examplesFromArrays({ inputs, labels: Array.from(inputs, () => 1), shape: [1] }));
    const standing = 30 * found.budgets[4]!.accuracy!;
    expect(standing).toBeGreaterThan(5);
    expect(standing).toBeLessThan(25);
    expect(found.margins.adversarial.filter((margin) => margin > 0).length).toBe(Math.round(standing));
  });

  it('stops when it is told to, and leaves no tensors either way', async () => {
    const model = smoothModel({ inputShape: shape });
    expect(await leakedTensors(async () => void (await audit(model, random, { batchSize: 5 })))).toBe(0);
    let signs = 0;
    await audit(model, random, { batchSize: 5, onProgress: () => void signs++ });
    expect(signs).toBeGreaterThan(60);
    for (const at of [1, 9, Math.floor(signs / 2), signs - 3]) {
      const controller = new AbortController();
      let seen = 0;
      const onProgress = (): void => {
        if (++seen === at) controller.abort();
      };
      const leaked = await leakedTensors(async () => {
        const stopped = audit(model, random, { batchSize: 5, signal: controller.signal, onProgress });
        await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
      });
      expect(leaked).toBe(0);
    }
    model.dispose();
  });

  it('reports how far it is, from nothing to all images, never backwards', async () => {
    const seen: number[] = [];
    await audit(linear, atLeads(leads), { batchSize: 3, onProgress: (done, of) => void seen.push(done / of) });
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect([seen[0], seen.at(-1)]).toEqual([0, 1]);
  });

  it('says what is wrong with what it is given', async () => {
    const attempt = (options: object): Promise<DefenceAudit> => audit(linear, atLeads(leads), options);
    await expect(attempt({ size: 1 })).rejects.toThrow("audit: expected `option` to be one of 'name', 'threat'");
    await expect(attempt({ sizes: { ...sizes, images: 0 } })).rejects.toThrow(
      'audit: expected `sizes.images` to be an integer of at least 1, got 0.',
    );
    await expect(attempt({ epsilon: 0 })).rejects.toThrow('audit: expected `threat.epsilon` to be a finite number above 0, got 0.');
    const endless = { ...linear, bounds: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const };
    await expect(audit(endless, atLeads(leads))).rejects.toThrow('audit: expected `model.bounds` to be finite, got [-Infinity, Infinity].');
    const two = { ...linear, inputShape: [2, 1, 2] };
    await expect(audit(two, atLeads(leads))).rejects.toThrow(
      'audit: expected `model.inputShape` to be that of an image of one or three channels, got [2, 1, 2].',
    );
  });
});
