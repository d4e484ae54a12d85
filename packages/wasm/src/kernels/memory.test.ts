import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { numbersFor, seeds } from '../../tests/arbitrary';
import { type Example, relativeError, runOn } from '../../tests/compare';
import { createGuarded, type Guarded } from '../../tests/guarded';
import type { Build } from '../module/compile';
import type { TrainingKernel } from '../training-kernel';
import { fusedConv2d } from './conv2d';
import { conv2dBackpropFilter } from './conv2d-backprop-filter';
import { conv2dBackpropInput } from './conv2d-backprop-input';
import { fusedMatMul } from './fused-mat-mul';

const builds: readonly Build[] = ['relaxed', 'plain'];
const guards = new Map<Build, Guarded>();
beforeAll(async () => {
  for (const build of builds) guards.set(build, await createGuarded(build));
});

interface Shapes {
  readonly input: [batch: number, height: number, width: number, channels: number];
  /** Its height, its width, and the channels of the output. */
  readonly filter: readonly [number, number, number];
  readonly strides: [number, number];
  readonly pad: 'same' | 'valid' | tf.backend_util.ExplicitPadding;
}

const run = (name: string, inputs: Record<string, tf.Tensor>, attributes: object) =>
  tf.engine().runKernel(name, inputs, attributes as Record<string, never>) as tf.Tensor;

/** Between guards what the cpu backend says, on both builds. */
async function expectRight(
  kernel: TrainingKernel,
  inputs: Readonly<Record<string, Example>>,
  attributes: object,
  reference: (inputs: Record<string, tf.Tensor>) => tf.Tensor,
): Promise<void> {
  const names = Object.keys(inputs);
  const named = (tensors: tf.Tensor[]) => Object.fromEntries(names.map((name, index) => [name, tensors[index]!]));
  const expected = await runOn('cpu', (tensors) => reference(named(tensors)), Object.values(inputs));
  for (const build of builds) {
    for (const answer of guards.get(build)!.run(kernel, inputs, attributes)) {
      expect(relativeError(expected, [answer]), `${kernel.name}, ${build}`).toBeLessThan(1e-5);
    }
  }
}

async function expectConvolutionsRight({ input, filter: [height, width, columns], strides, pad }: Shapes, seed: number): Promise<void> {
  const filter: [number, number, number, number] = [height, width, input[3], columns];
  const { outShape } = tf.backend_util.computeConv2DInfo(input, filter, strides, 1, pad);
  const attributes = { strides, pad, dataFormat: 'NHWC', dimRoundingMode: undefined };
  const [x, w, dy] = [input, filter, outShape].map((shape, index) => numbersFor(shape, seed + index, 0)) as [Example, Example, Example];
  const bias = numbersFor([columns], seed + 3, 0);
  const convolve = { ...attributes, dilations: [1, 1] };
  await expectRight(fusedConv2d, { x, filter: w, bias }, { ...convolve, activation: 'relu' }, (tensors) =>
    tf.relu(tf.add(run('Conv2D', { x: tensors.x!, filter: tensors.filter! }, convolve), tensors.bias!)),
  );
  const ofInput = { ...attributes, inputShape: input };
  await expectRight(conv2dBackpropInput, { dy, filter: w }, ofInput, (tensors) => run('Conv2DBackpropInput', tensors, ofInput));
  const ofFilter = { ...attributes, filterShape: filter };
  await expectRight(conv2dBackpropFilter, { x, dy }, ofFilter, (tensors) => run('Conv2DBackpropFilter', tensors, ofFilter));
}

const upTo = (max: number) => fc.integer({ min: 1, max });
const explicit = (top: number, bottom: number, left: number, right: number): tf.backend_util.ExplicitPadding => [
  [0, 0],
  [top, bottom],
  [left, right],
  [0, 0],
];

describe('kernels write nowhere but to what they made, read nothing behind a tensor, and are right', () => {
  it('convolutions of all shapes, and their gradients', async () => {
    const shapes: fc.Arbitrary<Shapes> = fc.record({
      input: fc.tuple(upTo(3), upTo(8), upTo(12), fc.oneof(upTo(5), upTo(21))),
      filter: fc.tuple(upTo(4), upTo(5), fc.oneof(upTo(4), upTo(21))),
      strides: fc.tuple(upTo(3), upTo(3)),
      pad: fc.oneof(
        fc.constant('same' as const),
        fc.tuple(...[0, 1, 2, 3].map(() => fc.integer({ min: 0, max: 3 }))).map((sides) => explicit(...(sides as [0, 0, 0, 0]))),
      ),
    });
    const fits = ({ input: [, rows, columns], filter: [height, width], pad }: Shapes): boolean =>
      typeof pad === 'string' || (rows + pad[1][0] + pad[1][1] >= height && columns + pad[2][0] + pad[2][1] >= width);
    await fc.assert(fc.asyncProperty(shapes.filter(fits), seeds, expectConvolutionsRight), { numRuns: 40 });
  });

  it.each<[string, Shapes]>([
    ['an image larger than a band', { input: [1, 50, 41, 50], filter: [2, 3, 2], strides: [1, 2], pad: 'same' }],
    ['the same, with fewer multiplications', { input: [1, 28, 41, 34], filter: [1, 5, 17], strides: [1, 1], pad: 'same' }],
    ['a row larger than a band', { input: [1, 4, 150, 300], filter: [3, 2, 3], strides: [2, 2], pad: 'same' }],
    ['the same, with fewer multiplications', { input: [1, 2, 92, 390], filter: [2, 3, 16], strides: [1, 1], pad: 'valid' }],
    ['more output channels than a block', { input: [1, 3, 9, 8], filter: [3, 3, 530], strides: [1, 1], pad: 'same' }],
    ['few channels and a wide stride', { input: [3, 29, 31, 3], filter: [7, 7, 19], strides: [4, 2], pad: 'same' }],
    ['pixels of one class in uneven steps', { input: [2, 3, 4, 8], filter: [1, 1, 3], strides: [2, 3], pad: 'valid' }],
  ])('%s', async (_, shapes) => {
    await expectConvolutionsRight(shapes, 3);
  });

  it('matrix products', async () => {
    const sides = fc.record({
      rows: fc.oneof(upTo(20), fc.integer({ min: 119, max: 127 })),
      columns: fc.oneof(upTo(20), fc.integer({ min: 510, max: 530 })),
      inner: fc.oneof(upTo(20), fc.integer({ min: 398, max: 403 })),
      transposeA: fc.boolean(),
      transposeB: fc.boolean(),
      seed: seeds,
    });
    await fc.assert(
      fc.asyncProperty(sides, async ({ rows, columns, inner, transposeA, transposeB, seed }) => {
        const a = numbersFor(transposeA ? [inner, rows] : [rows, inner], seed, 0);
        const b = numbersFor(transposeB ? [columns, inner] : [inner, columns], seed + 1, 0);
        await expectRight(fusedMatMul, { a, b, bias: numbersFor([columns], seed + 2, 0) }, { transposeA, transposeB }, (tensors) =>
          tf.add(tf.matMul(tensors.a!, tensors.b!, transposeA, transposeB), tensors.bias!),
        );
      }),
      { numRuns: 10 },
    );
  });
});
