/** Single queries of Square beside the code of its authors in float64: from their state, with the windows and signs that they drew. */
import { type AttackProblem, createNoise, l1, l2, linf, margin, type Noise } from '@groundstate/core';
import { fixtureTensor } from '@groundstate/testing';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { square } from '../src/index';
import fixture from './fixtures/square.json' with { type: 'json' };
import { deviation, valuesOf } from './trace';

type Case = (typeof fixture.cases)[number];

const norms = { linf: linf(), l2: l2(), l1: l1() };
const ids = Int32Array.from([0, 1, 2]);
const labels = tf.tensor1d(fixture.labels, 'int32') as Tensor1D;
const kernel = fixtureTensor(fixture.kernel) as Tensor2D;
const ahead = tf.mul(tf.oneHot(labels, kernel.shape[1]), fixture.lead);
const logits = (images: Tensor): Tensor2D => tf.add(tf.matMul(tf.reshape(images, [ids.length, -1]) as Tensor2D, kernel), ahead);

/** Noise that knows what was drawn; any other draw is an error. */
function injected({ corners, signs, turned }: Case, path: readonly (string | number)[] = []): Noise {
  const [name, axis = name] = path.slice(path[0] === 'query' ? 2 : 0);
  const windows: Readonly<Record<string, readonly number[]>> = { row: corners, column: corners, into: corners, from: corners.slice(2) };
  const unknown = (): never => {
    throw new Error(`injected: nothing was drawn at ${path.join()}.`);
  };
  return {
    ...createNoise(0, ids),
    stream: (...more) => injected({ corners, signs, turned } as Case, [...path, ...more]),
    // Half a pixel beyond the corner: it is rounded down.
    uniform: (shape) => tf.fill([ids.length, ...shape], 0.5 + (windows[name ?? ''] ?? unknown())[axis === 'row' ? 0 : 1]!),
    signs: (shape) =>
      name === 'turn'
        ? tf.fill([ids.length, ...shape], turned ? -1 : 1)
        : name === 'sign'
          ? tf.reshape(fixtureTensor(signs), [-1, ...shape])
          : unknown(),
  };
}

it.each(fixture.cases.map((query) => ({ query, title: `${query.norm}, query ${query.query}` })))(
  'goes from the state before a query to the one after it as the authors do: $title',
  ({ query }) => {
    const before = fixtureTensor(query.before);
    const asked: Tensor[] = [];
    const problem: AttackProblem = {
      oracle: {
        logits: (candidate: Tensor) => {
          asked.push(candidate);
          return logits(candidate);
        },
      } as AttackProblem['oracle'],
      bounds: [0, 1],
      inputs: fixtureTensor(fixture.x),
      cleanLogits: logits(fixtureTensor(fixture.x)),
      goal: { kind: 'misclassify', labels },
      threat: { norm: norms[query.norm as keyof typeof norms], epsilon: query.eps },
      noise: injected(query),
    };
    const state = { rows: { adversarial: before, margin: margin()(logits(before), problem) } };
    const after = square().step(state, problem, { index: query.query });
    expect(deviation([valuesOf(asked[0]!)], query.candidate)).toBeLessThan(2e-6);
    const accepted = [...valuesOf(tf.any(tf.notEqual(tf.reshape(tf.sub(after.rows.adversarial, before), [3, -1]), 0), 1))];
    expect(accepted).toEqual(query.accepted);
  },
);
