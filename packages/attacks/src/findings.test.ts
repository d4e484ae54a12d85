import { l2, linf, type Model } from '@groundstate/core';
import { leakedTensors, linearModel } from '@groundstate/testing';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { inspectModel, squareFinding } from './findings';

const shape = [4];
const plain: Model = {
  name: 'plain',
  bounds: [0, 1],
  classes: 4,
  inputShape: shape,
  logits: (inputs) => tf.mul(inputs, 3) as Tensor2D,
};
const changed = (logits: Model['logits'], classes = 4): Model => ({ ...plain, classes, logits });
const request = () => ({
  inputs: tf.tensor2d([
    [0.9, 0.1, 0.2, 0.3],
    [0.1, 0.9, 0.2, 0.3],
  ]),
  labels: tf.tensor1d([0, 1], 'int32') as Tensor1D,
  threat: { norm: linf(), epsilon: 0.1 },
  seed: 0,
});
const codesOf = async (model: Model): Promise<string[]> => (await inspectModel(model, request())).map(({ code }) => code);

describe('inspectModel', () => {
  it('finds nothing in a plain classifier, and leaves no tensor behind', async () => {
    const given = request();
    const leaked = await leakedTensors(async () => {
      expect(await inspectModel(plain, given)).toEqual([]);
      return [];
    });
    expect(leaked).toBe(0);
  });

  it('finds a model that draws from the noise it is given, and one that draws without it', async () => {
    const noisy = changed((inputs, options) => tf.add(tf.mul(inputs, 3), options!.noise!.uniform(shape)) as Tensor2D);
    const [finding] = await inspectModel(noisy, request());
    expect(finding!.code).toBe('randomised');
    expect(finding!.figure).toBeGreaterThan(0.01);
    expect(await codesOf(changed((inputs) => tf.add(tf.mul(inputs, 3), tf.randomUniform(inputs.shape)) as Tensor2D))).toContain(
      'randomised',
    );
  });

  it('finds probabilities, and does not take small logits for them', async () => {
    expect(await codesOf(changed((inputs) => tf.softmax(tf.mul(inputs, 3) as Tensor2D)))).toEqual(['probabilities']);
    expect(await codesOf(changed((inputs) => tf.mul(inputs, 0.5) as Tensor2D))).toEqual([]);
  });

  it('finds a forward pass that takes gradients', async () => {
    const dynamic = changed((inputs) => {
      const step = tf.grad((x: Tensor) => tf.sum(tf.square(x)))(inputs);
      return tf.mul(tf.sub(inputs, tf.mul(step, 0.01)), 3) as Tensor2D;
    });
    const [finding] = await inspectModel(dynamic, request());
    expect([finding!.code, finding!.figure]).toEqual(['gradient-inside', 1]);
    // The door is closed again behind the inspection.
    expect(await codesOf(plain)).toEqual([]);
  });

  it('counts the examples at whose neighbours the margin has no slope', async () => {
    // The first logit follows the first pixel up to 0.1 and no further: the first example is beyond, the second is not.
    const flat = changed((inputs) => {
      const followed = tf.clipByValue(tf.mul(tf.slice(inputs as Tensor2D, [0, 0], [-1, 1]), 100), 0, 10);
      return tf.concat([followed, tf.tile(tf.tensor2d([[6, 0, 0]]), [inputs.shape[0]!, 1])], 1) as Tensor2D;
    });
    const inputs = tf.tensor2d([0.9, 0, 0, 0, 0.05, 0, 0, 0], [2, 4]);
    const findings = await inspectModel(flat, { ...request(), inputs, threat: { norm: l2(), epsilon: 0.01 } });
    expect(findings.map(({ code, figure }) => [code, figure])).toEqual([['zero-gradients', 1]]);
  });

  it('says that a model has no gradient, and goes on', async () => {
    const hard = changed((inputs) => tf.cast(tf.greater(inputs, 0.5), 'float32') as Tensor2D);
    const leaked = await leakedTensors(async () => {
      const given = request();
      const findings = await inspectModel(hard, given);
      expect(findings.map(({ code }) => code)).toContain('no-gradient');
      return [given.inputs, given.labels];
    });
    expect(leaked).toBe(0);
  });

  it('says what few classes cost', async () => {
    const two = linearModel([1, 1, 1, 1], -1);
    const given = { ...request(), labels: tf.ones([2], 'int32') as Tensor1D };
    expect((await inspectModel(two, given)).map(({ code, figure }) => [code, figure])).toEqual([['few-classes', 2]]);
    expect(await codesOf(changed((inputs) => tf.slice(tf.mul(inputs, 3) as Tensor2D, [0, 0], [-1, 3]), 3))).toEqual(['few-classes']);
  });

  it('counts examples whose logits are not finite', async () => {
    const broken = changed((inputs) => tf.mul(tf.div(inputs, tf.tensor2d([[0], [1]])), 3) as Tensor2D);
    const [finding] = await inspectModel(broken, request());
    expect([finding!.code, finding!.figure]).toEqual(['not-finite', 1]);
  });
});

describe('squareFinding', () => {
  it('lets two in a thousand pass and reports three', () => {
    expect(squareFinding({ before: 900, after: 898, examples: 1000 })).toBeUndefined();
    expect(squareFinding({ before: 900, after: 897, examples: 1000 })).toMatchObject({ code: 'square-beats-gradients', figure: 0.003 });
  });

  it('wants examples to count', () => {
    expect(() => squareFinding({ before: 0, after: 0, examples: 0 })).toThrow(
      'squareFinding: expected `examples` to be an integer of at least 1, got 0.',
    );
  });
});
