import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { numbersFor, seeds, specials } from '../../tests/arbitrary';
import { disagreementOfSums } from '../../tests/compare';
import { enableTrainingKernels } from '../enable-training-kernels';

beforeAll(async () => {
  await enableTrainingKernels();
});

const upTo = (max: number) => fc.integer({ min: 1, max });
const side = fc.integer({ min: 0, max: 3 });

const convolutions = fc
  .record({
    batch: fc.oneof({ weight: 9, arbitrary: upTo(3) }, { weight: 1, arbitrary: fc.constant(0) }),
    height: upTo(9),
    width: upTo(9),
    channels: fc.oneof(upTo(4), upTo(20)),
    columns: fc.oneof(upTo(4), upTo(20)),
    filterHeight: upTo(5),
    filterWidth: upTo(5),
    strides: fc.tuple(upTo(3), upTo(3)),
    pad: fc.oneof(
      fc.constantFrom<'same' | 'valid'>('same', 'valid'),
      fc.tuple(side, side, side, side).map(
        ([top, bottom, left, right]): tf.backend_util.ExplicitPadding => [
          [0, 0],
          [top, bottom],
          [left, right],
          [0, 0],
        ],
      ),
    ),
    special: specials,
    seed: seeds,
  })
  .filter(({ height, width, filterHeight, filterWidth, pad }) => {
    if (pad === 'same') return true;
    const [[top, bottom], [left, right]] =
      pad === 'valid'
        ? [
            [0, 0],
            [0, 0],
          ]
        : [pad[1], pad[2]];
    return height + top! + bottom! >= filterHeight && width + left! + right! >= filterWidth;
  });

/** Shapes for which the compiled kernels choose fewer multiplications (assembly/minimal-filtering.ts), and some for which they do not. */
const wide = fc.record({
  batch: upTo(2),
  height: fc.integer({ min: 3, max: 6 }),
  width: fc.integer({ min: 7, max: 33 }),
  channels: fc.integer({ min: 8, max: 21 }),
  columns: fc.integer({ min: 16, max: 35 }),
  filterHeight: upTo(3),
  filterWidth: fc.integer({ min: 3, max: 7 }),
  strides: fc.tuple(upTo(2), fc.constant(1)),
  pad: fc.constantFrom<'same' | 'valid'>('same', 'valid'),
  special: fc.constantFrom(0, 0, 0, 0.3),
  seed: seeds,
});

type Given = typeof convolutions extends fc.Arbitrary<infer Value> ? Value : never;

function shapesOf(given: Given) {
  const { batch, height, width, channels, columns, filterHeight, filterWidth, strides, pad } = given;
  const input = [batch, height, width, channels] as [number, number, number, number];
  const filter = [filterHeight, filterWidth, channels, columns] as [number, number, number, number];
  const { outShape } = tf.backend_util.computeConv2DInfo(input, filter, strides, 1, pad);
  const terms = filterHeight * filterWidth * channels;
  return { input, filter, terms, output: outShape, attributes: { strides, pad, dataFormat: 'NHWC', dimRoundingMode: undefined } };
}

const run = (name: string, inputs: Record<string, tf.Tensor>, attributes: object) =>
  tf.engine().runKernel(name, inputs, attributes as Record<string, never>) as tf.Tensor;

const laws = { numRuns: 300 };
const any = fc.oneof({ weight: 4, arbitrary: convolutions }, { weight: 1, arbitrary: wide });

describe('convolutions on wasm agree with the cpu backend for all shapes, strides, paddings and numbers', () => {
  it('forward', async () => {
    await fc.assert(
      fc.asyncProperty(any, async (given) => {
        const { input, filter, attributes, terms } = shapesOf(given);
        const { seed, special } = given;
        const convolve = ([x, w]: tf.Tensor[]) => run('Conv2D', { x: x!, filter: w! }, { ...attributes, dilations: [1, 1] });
        expect(
          await disagreementOfSums(terms, convolve, numbersFor(input, seed, special), numbersFor(filter, seed + 1, special)),
        ).toBeLessThan(1e-5);
      }),
      laws,
    );
  });

  it('forward with a bias and any activation', async () => {
    const activations = fc.constantFrom('linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu' as const);
    await fc.assert(
      fc.asyncProperty(any, activations, async (given, activation) => {
        fc.pre(given.batch > 0);
        const { input, filter, terms } = shapesOf(given);
        const { seed, strides, pad, columns } = given;
        const convolve = ([x, w, bias, slopes]: tf.Tensor[]) =>
          tf.fused.conv2d({
            x: x as tf.Tensor4D,
            filter: w as tf.Tensor4D,
            strides,
            pad,
            bias: bias!,
            activation: activation as 'relu',
            leakyreluAlpha: 0.1,
            ...(activation === 'prelu' ? { preluActivationWeights: slopes! } : {}),
          });
        const extra = [numbersFor([columns], seed + 2, 0), numbersFor([columns], seed + 3, 0)];
        expect(
          await disagreementOfSums(terms, convolve, numbersFor(input, seed, 0), numbersFor(filter, seed + 1, 0), ...extra),
        ).toBeLessThan(1e-5);
      }),
      laws,
    );
  });

  it('for the input', async () => {
    await fc.assert(
      fc.asyncProperty(any, async (given) => {
        const { input, filter, output, attributes } = shapesOf(given);
        const { seed, special } = given;
        const gradient = ([dy, w]: tf.Tensor[]) =>
          run('Conv2DBackpropInput', { dy: dy!, filter: w! }, { ...attributes, inputShape: input });
        expect(
          await disagreementOfSums(given.columns, gradient, numbersFor(output, seed, special), numbersFor(filter, seed + 1, special)),
        ).toBeLessThan(1e-5);
      }),
      laws,
    );
  });

  it('for the filter', async () => {
    await fc.assert(
      fc.asyncProperty(any, async (given) => {
        const { input, filter, output, attributes } = shapesOf(given);
        const { seed, special } = given;
        const gradient = ([x, dy]: tf.Tensor[]) => run('Conv2DBackpropFilter', { x: x!, dy: dy! }, { ...attributes, filterShape: filter });
        expect(
          await disagreementOfSums(
            output[0] * output[1] * output[2],
            gradient,
            numbersFor(input, seed, special),
            numbersFor(output, seed + 1, special),
          ),
        ).toBeLessThan(1e-5);
      }),
      laws,
    );
  });
});
