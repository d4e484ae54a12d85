import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Computation, type Example, example, runOn } from '../../tests/compare';
import { enableTrainingKernels } from '../enable-training-kernels';
import { runKernel } from '../training-gradient';

const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1, -1, 6, 1e-38, -1e-20, 89, -104, 1e30, -1e30];
const number = fc.oneof(
  fc.float({ min: -20, max: 20, noNaN: true }),
  fc.float({ min: -1, max: 1, noNaN: true }),
  fc.constantFrom(...special),
);
/** Pairs of x and dy, 0 to 21 of them: whole registers and every kind of end. */
const points = fc.array(fc.tuple(number, number), { maxLength: 21 });
const settings = { seed: 5, numRuns: 60 };

const forward: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  relu: tf.relu,
  relu6: tf.relu6,
  leakyRelu: (x) => tf.leakyRelu(x, 0.3),
  elu: tf.elu,
  softplus: tf.softplus,
  sigmoid: tf.sigmoid,
  tanh: tf.tanh,
  exp: tf.exp,
  clipByValue: (x) => tf.clipByValue(x, -0.5, 7),
};

const vector = (values: readonly number[]): Example => ({ values: Float32Array.from(values), shape: [values.length] });

/**
 * Where cpu itself has lost digits, by subtracting numbers near 1: absolutely, as a part of `scale` (dy, or 1). Its exp(x) - 1 is
 * in double precision, its 1 - y and 1 - y^2 in single.
 */
const lost: Readonly<Record<string, number>> = { elu: 3e-16, sigmoid: 2e-7, tanh: 5e-7 };

/** Each number within 1e-5 of its reference, relatively; NaN where that is NaN, and infinite where that is infinite. */
function expectAlike(name: string, reference: readonly number[], answer: readonly number[], scale?: readonly number[]): void {
  expect(answer.length).toBe(reference.length);
  reference.forEach((value, i) => {
    const allowed = 1e-5 * Math.abs(value) + 1e-37 + (lost[name] ?? 0) * Math.abs(scale?.[i] ?? 1);
    const same = Object.is(value, answer[i]) || Math.abs(value - answer[i]!) <= allowed;
    if (!same) expect.fail(`${name}: element ${i} of ${reference.length} is ${answer[i]}, beside ${value}`);
  });
}

/** The last example is what errors are relative to, if there are two. */
async function expectCpu(name: string, computation: Computation, ...examples: Example[]): Promise<void> {
  const [reference, answer] = [await runOn('cpu', computation, examples), await runOn('wasm', computation, examples)];
  for (const [i, row] of reference.entries()) expectAlike(name, row, answer[i]!, examples[1] && [...examples[1].values]);
}

/** The kernels that run on wasm during a computation. */
async function kernelsOf(compute: () => tf.Tensor): Promise<string[]> {
  const { kernelNames } = await tf.profile(() => tf.tidy(compute));
  return kernelNames;
}

beforeAll(async () => {
  await enableTrainingKernels();
});

describe('activations on wasm', () => {
  it.each(Object.entries(forward))('%s is that of the cpu backend, at every element, NaN and infinities included', async (name, f) => {
    await fc.assert(
      fc.asyncProperty(points, (pairs) => expectCpu(name, ([x]) => f(x!), vector(pairs.map(([x]) => x)))),
      settings,
    );
  });

  it.each(Object.entries(forward))('the gradient of %s is that of the cpu backend, NaN and infinities included', async (name, f) => {
    await fc.assert(
      fc.asyncProperty(points, (pairs) =>
        expectCpu(name, ([x, dy]) => tf.grad(f)(x!, dy!), vector(pairs.map(([x]) => x)), vector(pairs.map(([, dy]) => dy))),
      ),
      settings,
    );
  });

  it.each([
    ['relu', 'ReluGrad'],
    ['relu6', 'Relu6Grad'],
    ['leakyRelu', 'LeakyReluGrad'],
    ['elu', 'EluGrad'],
    ['softplus', 'SoftplusGrad'],
    ['sigmoid', 'SigmoidGrad'],
    ['tanh', 'TanhGrad'],
  ])('the gradient of %s is one kernel', async (name, kernel) => {
    const names = await kernelsOf(() => tf.grad(forward[name]!)(tf.tensor1d([1, -2]), tf.tensor1d([3, 4])));
    expect(names.filter((each) => !['Identity', 'Cast'].includes(each)).slice(1)).toEqual([kernel]);
  });

  it('a gradient inside a gradient stays with operations that can be differentiated again', async () => {
    const second = (f: (x: tf.Tensor) => tf.Tensor) => tf.grad(tf.grad((x: tf.Tensor) => tf.sum(tf.mul(tf.square(x), f(x)))));
    await expectCpu('relu', ([x]) => second(tf.relu)(x!), vector([-2, 0.5, 3]));
    await expectCpu('softplus', ([x]) => second(tf.softplus)(x!), vector([-2, 0.5, 3]));
  });

  it('a failed row stays visible: NaN comes out of relu6 and clipByValue (stock wasm returns numbers)', async () => {
    const training = await enableTrainingKernels();
    const run = (): number[] => [...tf.relu6(tf.tensor1d([Number.NaN])).dataSync(), ...tf.clipByValue([Number.NaN], -1, 1).dataSync()];
    expect(run()).toEqual([Number.NaN, Number.NaN]);
    training.disable();
    expect(run()).toEqual([0, -1]);
    await enableTrainingKernels();
  });

  it('of integers are those of the cpu backend, clipped ones too (stock wasm takes them for floats), and so are the gradients', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      const integers = tf.tensor1d([-3, 0, 5], 'int32');
      expect([...tf.clipByValue(integers, -1, 2).dataSync()]).toEqual([-1, 0, 2]);
      expect([...tf.relu(integers).dataSync()]).toEqual([0, 0, 5]);
      expect([
        ...tf
          .grad((x: tf.Tensor) => tf.relu(x))(integers, tf.tensor1d([7, 8, 9]))
          .dataSync(),
      ]).toEqual([0, 0, 9]);
    });
  });

  it('exp and its relatives are right to 5e-7, from the largest floats to the smallest', async () => {
    const { values } = example([4001], 3, -110, 110);
    const logistic = (x: number) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));
    const references: Readonly<Record<string, (x: number) => number>> = {
      exp: Math.exp,
      tanh: Math.tanh,
      elu: (x) => (x < 0 ? Math.expm1(x) : x),
      softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
      silu: (x) => x * logistic(x),
    };
    for (const scale of [1, 0.1, 1e-3]) {
      const points = values.map((value) => value * scale);
      for (const [name, reference] of Object.entries(references)) {
        const [answer] = await runOn('wasm', ([x]) => (name === 'silu' ? runKernel('Silu', { x: x! }) : forward[name]!(x!)), [
          { values: points, shape: [4001] },
        ]);
        answer!.forEach((value, i) => {
          const exact = Math.fround(reference(points[i]!));
          // Below the normal floats there are fewer digits.
          if (value !== exact && !(Math.abs(value - exact) <= 5e-7 * Math.abs(exact) + 1e-42)) {
            expect.fail(`${name}(${points[i]}) is ${value}, not ${exact}`);
          }
        });
      }
    }
  });
});

/** Of gelu by quadrature: Simpson's rule on the density of the normal distribution, from -40 to x. */
function normalDistribution(x: number): number {
  const density = (t: number): number => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
  const steps = 4000;
  const from = Math.min(x, 0) - 12;
  const h = (x - from) / steps;
  let sum = density(from) + density(x);
  for (let i = 1; i < steps; i++) sum += (i % 2 === 1 ? 4 : 2) * density(from + i * h);
  return (sum * h) / 3;
}

describe('silu and gelu on wasm', () => {
  const at = [-11.37, -8.777, -5.51, -3, -1.2, -0.4, -1e-3, 0, 1e-4, 0.7, 1.9, 4, 12, 30, 1e20];
  const run = (kernel: string, x: readonly number[], dy?: readonly number[]): Promise<number[][]> =>
    runOn('wasm', ([input, slope]) => runKernel(kernel, slope ? { dy: slope, x: input! } : { x: input! }), [
      vector(x),
      ...(dy ? [vector(dy)] : []),
    ]);

  it('gelu is x times the distribution function of the normal distribution, on both sides', async () => {
    const [values] = await run('Gelu', at);
    for (const [i, x] of at.map(Math.fround).entries()) {
      const exact = x > 40 ? x : x * normalDistribution(x);
      if (!(Math.abs(values![i]! - exact) <= 1e-6 * Math.abs(exact))) expect.fail(`gelu(${x}) is ${values![i]}, not ${exact}`);
    }
  });

  it('the gradients of silu and gelu are their slopes times dy', async () => {
    const dy = at.map((_, i) => Math.sin(i + 1));
    const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
    const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
    const [gelu] = await run('GeluGrad', at, dy);
    const [silu] = await run('SiluGrad', at, dy);
    // Near the minimum of each the slope is a difference of two numbers of its size.
    expectAlike(
      'gelu',
      at.map((x, i) => dy[i]! * (x > 40 ? 1 : normalDistribution(x) + x * density(x))),
      gelu!,
    );
    expectAlike(
      'silu',
      at.map((x, i) => dy[i]! * logistic(x) * (1 + x * (1 - logistic(x)))),
      silu!,
    );
  });

  it('an empty tensor stays empty, and what is not finite stays so', async () => {
    for (const kernel of ['Silu', 'Gelu']) {
      expect(await run(kernel, [])).toEqual([[]]);
      expect(await run(kernel, [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])).toEqual([
        [Number.NaN, Number.POSITIVE_INFINITY, Number.NaN],
      ]);
      expect(await run(`${kernel}Grad`, [1, -1, Number.NaN], [Number.NaN, Number.NaN, 0])).toEqual([[Number.NaN, Number.NaN, Number.NaN]]);
    }
  });

  it('refuse what the compiled code cannot read', async () => {
    await tf.setBackend('wasm');
    expect(() => runKernel('Silu', { x: tf.tensor1d([1], 'int32') })).toThrow(
      'Silu: expected `x` to be float32, got "int32". Cast it first.',
    );
    expect(() => runKernel('GeluGrad', { dy: tf.ones([2]), x: tf.ones([3]) })).toThrow(
      'GeluGrad: expected `x` to be of the shape of `dy`, [2], got [3]. Nothing is broadcast here.',
    );
    expect(() => runKernel('ReluGrad', { dy: tf.ones([2], 'int32'), x: tf.ones([2]) })).toThrow(
      'ReluGrad: expected `dy` to be float32, got "int32". Cast it first.',
    );
  });
});

describe('rows and shares', () => {
  it('an element has the same bits wherever it stands and whatever stands beside it', async () => {
    const all = example([131], 8, -6, 6);
    const kernels = ['Relu', 'Relu6', 'Elu', 'Softplus', 'Tanh', 'Exp', 'Silu', 'Gelu'];
    for (const kernel of kernels) {
      const [whole] = await runOn('wasm', ([x]) => runKernel(kernel, { x: x! }), [all]);
      for (const [from, size] of [
        [0, 1],
        [1, 2],
        [2, 7],
        [3, 128],
      ] as const) {
        const [part] = await runOn('wasm', ([x]) => runKernel(kernel, { x: tf.slice(x!, from, size) }), [all]);
        expect(part).toEqual(whole!.slice(from, from + size));
      }
    }
  });
});
