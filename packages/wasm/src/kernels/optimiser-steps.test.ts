import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Computation, type Example, example, runOn } from '../../tests/compare';
import { enableTrainingKernels } from '../enable-training-kernels';
import { runKernel } from '../training-gradient';

const runAll = (name: string, inputs: Record<string, tf.Tensor>, attributes: object): tf.Tensor[] =>
  runKernel(name, inputs, attributes) as unknown as tf.Tensor[];

/**
 * Products, sums, quotients and roots of floats are rounded correctly on the cpu backend (computed in double, stored in float),
 * and in WebAssembly: the two must agree to the bit, and any change of formula or order shows.
 */
async function expectSameBits(kernel: Computation, composition: Computation, examples: readonly Example[]): Promise<void> {
  expect(await runOn('wasm', kernel, examples)).toEqual(await runOn('cpu', composition, examples));
}

const special = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 1e-45, -1e-40, 3.4e38, -1e20);
const value = fc.oneof({ arbitrary: fc.float({ noDefaultInfinity: true, noNaN: true, min: -10, max: 10 }), weight: 5 }, special);

/** `tensors` tensors of one shape, of 0 to 60 numbers. */
const alike = (tensors: number): fc.Arbitrary<Example[]> =>
  fc.array(fc.nat({ max: 5 }), { maxLength: 3 }).chain((shape) => {
    const size = shape.reduce((product, length) => product * length, 1);
    const tensor = fc.array(value, { minLength: size, maxLength: size }).map((values) => ({ values: Float32Array.from(values), shape }));
    return fc.array(tensor, { minLength: tensors, maxLength: tensors });
  });

const share = fc.double({ min: 0, max: 1, noNaN: true });
const rate = fc.double({ min: 1e-6, max: 10, noNaN: true });
const moments = fc.record({ beta1: share, beta2: share, epsilon: rate, learningRate: rate, correction1: rate, correction2: rate });
const shrink = fc.oneof(fc.constant(1), share);

beforeAll(async () => {
  await enableTrainingKernels();
});

describe('AdamStep', () => {
  it('has the bits of the separate operations, for any numbers, special ones included', async () => {
    const property = fc.asyncProperty(alike(4), moments, shrink, (examples, factors, shrunk) =>
      expectSameBits(
        ([weight, gradient, m, v]) =>
          runAll('AdamStep', { weight: weight!, gradient: gradient!, m: m!, v: v! }, { ...factors, shrink: shrunk }),
        ([weight, gradient, m, v]) => {
          const { beta1, beta2, epsilon, learningRate, correction1, correction2 } = factors;
          const mean = tf.add(tf.mul(m!, beta1), tf.mul(gradient!, 1 - beta1));
          const square = tf.add(tf.mul(v!, beta2), tf.mul(tf.square(gradient!), 1 - beta2));
          const scale = tf.add(tf.sqrt(tf.div(square, correction2)), epsilon);
          return [tf.sub(tf.mul(weight!, shrunk), tf.div(tf.mul(mean, learningRate / correction1), scale)), mean, square];
        },
        examples,
      ),
    );
    await fc.assert(property, { numRuns: 150, seed: 1 });
  });

  it('refuses what it would read wrongly: another shape, another type', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      const [three, four, integers] = [tf.zeros([3]), tf.zeros([4]), tf.zeros([3], 'int32')];
      expect(() => runAll('AdamStep', { weight: three, gradient: four, m: three, v: three }, {})).toThrow(
        'AdamStep: expected `gradient` to be of the shape of `weight`, [3], got [4]. Nothing is broadcast here.',
      );
      expect(() => runAll('AdamStep', { weight: three, gradient: three, m: three, v: integers }, {})).toThrow(
        'AdamStep: expected `v` to be float32, got "int32". Cast it first.',
      );
    });
  });
});

describe('SgdStep', () => {
  const factors = fc.record({ learningRate: rate, momentum: share, nesterov: fc.boolean(), weightDecay: fc.oneof(fc.constant(0), share) });

  it('has the bits of the separate operations, with and without momentum, look-ahead and decay', async () => {
    const property = fc.asyncProperty(alike(3), factors, fc.boolean(), (examples, attributes, remembers) =>
      expectSameBits(
        ([weight, gradient, velocity]) =>
          runAll('SgdStep', { weight: weight!, gradient: gradient!, ...(remembers ? { velocity: velocity! } : {}) }, attributes),
        ([weight, given, before]) => {
          const { learningRate, momentum, nesterov, weightDecay } = attributes;
          const gradient = weightDecay > 0 ? tf.add(given!, tf.mul(weight!, weightDecay)) : given!;
          if (!remembers) return [tf.sub(weight!, tf.mul(gradient, learningRate))];
          const velocity = tf.add(tf.mul(before!, momentum), gradient);
          const direction = nesterov ? tf.add(gradient, tf.mul(velocity, momentum)) : velocity;
          return [tf.sub(weight!, tf.mul(direction, learningRate)), velocity];
        },
        examples,
      ),
    );
    await fc.assert(property, { numRuns: 150, seed: 2 });
  });
});

describe('MoveTowards', () => {
  it('has the bits of the separate operations', async () => {
    const property = fc.asyncProperty(alike(2), share, (examples, part) =>
      expectSameBits(
        ([from, to]) => runKernel('MoveTowards', { from: from!, to: to! }, { share: part }),
        ([from, to]) => tf.add(from!, tf.mul(tf.sub(to!, from!), part)),
        examples,
      ),
    );
    await fc.assert(property, { numRuns: 60, seed: 3 });
  });
});

it('the steps leave no tensors, and no heap', async () => {
  await tf.setBackend('wasm');
  const backend = tf.backend() as unknown as { numDataIds(): number };
  const before = { tensors: tf.memory().numTensors, blocks: backend.numDataIds() };
  const tensors = [1, 2, 3, 4].map((seed) => tf.tensor(example([33], seed).values));
  const [weight, gradient, m, v] = tensors as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  const attributes = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, learningRate: 1, correction1: 1, correction2: 1, shrink: 1 };
  const outputs = [
    ...runAll('AdamStep', { weight, gradient, m, v }, attributes),
    ...runAll('SgdStep', { weight, gradient, velocity: m }, { learningRate: 1, momentum: 0.9, nesterov: false, weightDecay: 0 }),
    runKernel('MoveTowards', { from: weight, to: m }, { share: 0.5 }),
  ];
  expect(outputs).toHaveLength(6);
  expect(tf.memory().numTensors).toBe(before.tensors + 10);
  tf.dispose([...outputs, ...tensors]);
  expect({ tensors: tf.memory().numTensors, blocks: backend.numDataIds() }).toEqual(before);
});
