import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { byteExamples } from './byte-examples';

/** Three examples of 1 x 2 pixels. */
const three = byteExamples({ shape: [1, 2, 1], pixels: Uint8Array.of(0, 255, 51, 102, 153, 204), labels: Uint8Array.of(7, 8, 9) });

describe('byteExamples', () => {
  it('divides bytes by 255 into float32, in the order of the positions, with repeats', async () => {
    const before = tf.memory().numTensors;
    const { ids, inputs, labels } = await three.read(Int32Array.of(2, 0, 2));
    expect(inputs.shape).toEqual([3, 1, 2, 1]);
    expect(inputs.dtype).toBe('float32');
    expect([...inputs.dataSync()]).toEqual([0.6, 0.8, 0, 1, 0.6, 0.8].map(Math.fround));
    expect(labels.dtype).toBe('int32');
    expect([...labels.dataSync()]).toEqual([9, 7, 9]);
    expect([...ids]).toEqual([2, 0, 2]);
    tf.dispose([inputs, labels]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('knows its size and its labels without reading', () => {
    expect(three.size).toBe(3);
    expect([...three.labels]).toEqual([7, 8, 9]);
  });

  it('reads no examples as an empty batch', async () => {
    const before = tf.memory().numTensors;
    const { inputs, labels } = await three.read(new Int32Array(0));
    expect([inputs.shape, labels.shape]).toEqual([[0, 1, 2, 1], [0]]);
    tf.dispose([inputs, labels]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('keeps its own copy of the positions as ids', async () => {
    const positions = Int32Array.of(1);
    const { ids, inputs, labels } = await three.read(positions);
    positions[0] = 2;
    expect([...ids]).toEqual([1]);
    tf.dispose([inputs, labels]);
  });

  it('refuses positions out of range, and makes no tensor then', async () => {
    const before = tf.memory().numTensors;
    await expect(three.read(Int32Array.of(0, 3))).rejects.toThrow('byteExamples: expected `positions` to be within 0 .. 2, got 3.');
    await expect(three.read(Int32Array.of(-1))).rejects.toThrow('got -1.');
    await expect(three.read([0] as unknown as Int32Array)).rejects.toThrow('expected `positions` to be an Int32Array');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses bytes that do not fit the labels', () => {
    expect(() => byteExamples({ owner: 'mine', shape: [2], pixels: new Uint8Array(5), labels: new Uint8Array(3) })).toThrow(
      'mine: expected `pixels` to be 3 x 2 = 6 bytes, for 3 labels, got 5.',
    );
  });
});
