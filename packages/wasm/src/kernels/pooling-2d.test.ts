import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disagreement, example, runOn, withGradients } from '../../tests/compare';
import { averagePoolOf, maxPoolOf, poolCase } from '../../tests/pools';
import { enableTrainingKernels, type TrainingKernels } from '../enable-training-kernels';
import type { WasmBackend } from '../heap';
import { compileKernels } from '../module/compile';
import { PoolKind } from '../module/functions/pooling';
import type { KernelFunctions } from '../module/kernel-functions';
import { createScratch } from '../module/scratch';
import type { Team } from '../module/team';
import type { TrainingKernel } from '../training-kernel';
import { avgPool } from './avg-pool';
import { avgPoolGrad } from './avg-pool-grad';
import { maxPool } from './max-pool';
import { maxPoolGrad } from './max-pool-grad';
import { maxPoolWithArgmax } from './max-pool-with-argmax';

const settings = { seed: 23, numRuns: 30 };

let training: TrainingKernels;
beforeAll(async () => {
  training = await enableTrainingKernels();
});
afterAll(() => training.disable());

/** Runs every item on its own, the last one first, on the other build. */
async function createSplitter(backend: WasmBackend): Promise<Team> {
  const { module } = await compileKernels('test', 'plain', undefined, false);
  const { exports } = await WebAssembly.instantiate(module, { env: { memory: backend.wasm.asm.memory } });
  const functions = exports as unknown as KernelFunctions;
  return {
    threads: 1,
    scratch: createScratch(backend),
    functions,
    run(name, items, _grain, argumentsOf) {
      for (let item = items - 1; item >= 0; item--) {
        (functions[name] as (...given: readonly number[]) => void)(...argumentsOf(item, item + 1, 0));
      }
    },
    end() {},
  };
}

const noStock = (): never => {
  throw new Error('no stock kernel is needed');
};

/** What a kernel gives, in plain numbers. */
function outputsOf({ name, create }: TrainingKernel, team: Team, inputs: Record<string, tf.Tensor>, attributes: object): number[][] {
  const backend = tf.backend() as unknown as WasmBackend;
  const call = { inputs, attrs: attributes, backend } as unknown as Parameters<tf.KernelFunc>[0];
  const outputs = [create({ stock: noStock, team })(call)].flat();
  const values = outputs.map((output) => [...backend.typedArrayFromHeap(output)]);
  for (const { dataId } of outputs) backend.disposeData(dataId);
  expect(name).toMatch(/Pool/);
  return values;
}

describe('pools of images on wasm', () => {
  it('give an image the same bits in every batch, forward and backward', async () => {
    await fc.assert(
      fc.asyncProperty(poolCase, fc.boolean(), async ({ shape: [, ...pixels], ...rest }, largest) => {
        const pool = { ...rest, shape: [9, ...pixels] as const };
        const operation = largest ? maxPoolOf(pool) : averagePoolOf(pool);
        const images = example(pool.shape, pool.seed);
        const gradients = withGradients((x) => tf.square(operation(x)));
        // The weights of `withGradients` begin anew in each batch, so the first images have the same.
        const whole = await runOn('wasm', gradients, [images]);
        for (const batch of [1, 4]) {
          const part = await runOn('wasm', ([x]) => gradients([tf.slice(x!, 0, batch)]), [images]);
          part.forEach((values, index) => {
            expect(values).toHaveLength((whole[index]!.length / 9) * batch);
            expect(values).toEqual(whole[index]!.slice(0, values.length));
          });
        }
      }),
      settings,
    );
  });

  it('give the same bits however the work is split, and on both builds', async () => {
    await tf.setBackend('wasm');
    const splitter = await createSplitter(tf.backend() as unknown as WasmBackend);
    fc.assert(
      fc.property(poolCase, ({ shape, window, strides, pad, rounding, seed }) => {
        const attributes: tf.NamedAttrMap = { filterSize: window, strides, pad: pad as 'same', dimRoundingMode: rounding as 'floor' };
        tf.tidy(() => {
          const x = tf.tensor(example(shape, seed).values, [...shape]);
          const operation = (kind: string, inputs: Record<string, tf.Tensor>) =>
            [tf.engine().runKernel(kind, inputs, { ...attributes, includeBatchInIndex: true })].flat() as tf.Tensor[];
          const compare = (kernel: TrainingKernel, inputs: Record<string, tf.Tensor>) => {
            const outputs = operation(kernel.name, inputs);
            const split = outputsOf(kernel, splitter, inputs, { ...attributes, includeBatchInIndex: true });
            expect(split).toEqual(outputs.map((output) => [...output.dataSync()]));
            return outputs[0]!;
          };
          const output = compare(maxPool, { x });
          const dy = tf.sin(tf.reshape(tf.range(1, output.size + 1), output.shape));
          compare(avgPool, { x });
          compare(avgPoolGrad, { dy, input: x });
          compare(maxPoolGrad, { dy, input: x, output });
          // tfjs computes the positions without the rounding mode.
          if (!rounding) compare(maxPoolWithArgmax, { x });
        });
      }),
      settings,
    );
  });

  it('neither keep tensors nor grow the heap', async () => {
    await tf.setBackend('wasm');
    const images = tf.ones([8, 12, 12, 18]);
    const round = () =>
      tf.tidy(() => {
        tf.grad((x) => tf.add(tf.sum(tf.maxPool(x as tf.Tensor4D, 3, 2, 'same')), tf.sum(tf.avgPool(x as tf.Tensor4D, 3, 2, 'same'))))(
          images,
        );
        tf.maxPoolWithArgmax(images as tf.Tensor4D, 2, 2, 'valid');
      });
    round();
    const { memory } = (tf.backend() as unknown as WasmBackend).wasm.asm;
    const before = { ...tf.memory(), heap: memory.buffer.byteLength };
    for (let turn = 0; turn < 50; turn++) round();
    expect({ ...tf.memory(), heap: memory.buffer.byteLength }).toEqual(before);
    images.dispose();
  });

  it('touch nothing outside their tensors', async () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
    const { module } = await compileKernels('test', undefined, undefined, false);
    const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
    const { pool, poolGradient } = exports as unknown as KernelFunctions;
    const heap = new Float32Array(memory.buffer);
    /** Each tensor in turn stands at the very end of the memory, where a step too far is a trap; there are 7s all around. */
    const check = (sizes: readonly number[], written: readonly number[], run: (...addresses: [number, number, number, number]) => void) => {
      sizes.forEach((_, last) => {
        const starts = sizes.map((size, index) => (index === last ? heap.length - size : 64 + 2048 * index));
        heap.fill(7);
        run(...(starts.map((start) => 4 * start) as [number, number, number, number]));
        for (const index of written) heap.fill(7, starts[index]!, starts[index]! + sizes[index]!);
        expect(heap.every((value) => value === 7)).toBe(true);
      });
    };
    for (const channels of [1, 2, 3, 4, 5, 7, 16, 17, 31]) {
      const [small, large] = [2 * 2 * 2 * channels, 2 * 4 * 4 * channels];
      const geometry = [4, 4, channels, 2, 2, 3, 3, 2, 2, 1, 1] as const;
      check([large, small, small], [1, 2], (input, output, positions) => {
        for (const kind of Object.values(PoolKind)) pool(kind, input, output, positions, 1, ...geometry, 0, 4);
      });
      check([large, small, small, large], [3], (input, output, upstream, gradient) => {
        for (const kind of [PoolKind.maximum, PoolKind.mean]) poolGradient(kind, input, output, upstream, gradient, ...geometry, 0, 2);
      });
    }
  });

  it('take dilated pools, of which tfjs makes plain ones', async () => {
    for (const kind of ['max', 'avg'] as const) {
      const pool = ([x]: tf.Tensor[]) => tf.pool(x as tf.Tensor4D, [2, 3], kind, 'valid', [2, 1]);
      const images = example([2, 7, 6, 5], 3);
      expect(await disagreement(pool, images)).toBeLessThan(1e-5);
    }
  });

  it('say what they cannot take', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      const integers = tf.ones([1, 4, 4, 1], 'int32') as tf.Tensor4D;
      const images = tf.ones([1, 4, 4, 1]) as tf.Tensor4D;
      expect(() => tf.maxPool(integers, 2, 2, 'valid')).toThrow(
        'MaxPool: expected `x` to be of dtype float32, got "int32". Cast it first.',
      );
      expect(() => tf.avgPool(images, 6, 1, 'valid')).toThrow(
        'AvgPool: expected `filterSize, strides and pad` to be integers, and the window no larger than the image, ' +
          'got {"shape":[1,4,4,1],"filterSize":6,"strides":1,"pad":"valid"}. Take a smaller window.',
      );
      expect(() => tf.maxPool(images, 2, 0.5, 'valid')).toThrow('MaxPool: expected `filterSize, strides and pad` to be integers');
      expect(() => tf.maxPoolWithArgmax(tf.ones([4, 4, 1]) as unknown as tf.Tensor4D, 2, 2, 'valid')).toThrow(
        'MaxPoolWithArgmax: expected `x` to be of four dimensions, got [4,4,1]. They are the batch, the height, the width and the channels.',
      );
      const inputs = { dy: tf.ones([1, 2, 2, 1]), input: images, output: tf.ones([1, 2, 1, 1]) };
      expect(() => tf.engine().runKernel('MaxPoolGrad', inputs, { filterSize: 2, strides: 2, pad: 'valid' })).toThrow(
        'MaxPoolGrad: expected `output` to be of float32 and shape [1,2,2,1], got ["float32",[1,2,1,1]]. It belongs to another pool.',
      );
    });
  });
});
