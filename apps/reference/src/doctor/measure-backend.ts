/** Brings a backend up, checks its gradients, and takes the time of what training and attacks spend theirs on. */
import { pgd } from '@groundstate/attacks';
import { standard } from '@groundstate/baselines';
import { ascend, createNoise, examplesFromArrays, GroundstateError, l2 } from '@groundstate/core';
import { convnet, type LayersClassifier } from '@groundstate/models';
import { fit } from '@groundstate/training';
import * as tf from '@tensorflow/tfjs-core';
import { type Backend, startBackend } from '../backend/backends';
import { checkGradients } from '../backend/gradient-check';
import { wasmKernels } from '../backend/wasm-kernels';
import type { Speed } from './diagnosis';

const batchSize = 32;
const steps = 12;
/** Milliseconds that each of the two measurements may take, once it has a figure at all. */
const budget = 1200;

/** Rejects where the backend cannot be started or computes a wrong gradient. */
export async function measureBackend(backend: Backend): Promise<Speed> {
  // tfjs greets on the console and recommends tfjs-node, of which the doctor has its own to say.
  tf.env().set('PROD', true);
  const notices: string[] = [];
  await startBackend(backend, (line) => notices.push(line));
  await checkGradients(backend.engine);
  const model = convnet({ seed: 0 });
  try {
    const trainingStep = await timeTraining(model);
    const inputGradient = await timeInputGradient(model);
    return { trainingStep, inputGradient, ...wasmKernels(), ...(notices.length > 0 ? { notices } : {}) };
  } finally {
    model.dispose();
  }
}

async function timeTraining(model: LayersClassifier): Promise<number> {
  const examples = examplesFromArrays({
    inputs: Float32Array.from({ length: batchSize * 784 }, (_, i) => (i % 97) / 96),
    labels: Int32Array.from({ length: batchSize }, (_, i) => i % 10),
    shape: [28, 28, 1],
  });
  const laps = stopwatch();
  const controller = new AbortController();
  try {
    // One step an epoch, so that what lies between two steps is what lies there in a long training: next to nothing.
    await fit(model, examples, standard(), {
      epochs: steps,
      batchSize,
      seed: 0,
      learningRate: 1e-4,
      signal: controller.signal,
      onProgress: () => {
        if (laps.enough()) controller.abort();
      },
    });
  } catch (cause) {
    if (!GroundstateError.is(cause) || cause.code !== 'aborted') throw cause;
  }
  return laps.median();
}

async function timeInputGradient(model: LayersClassifier): Promise<number> {
  const ids = Int32Array.from({ length: batchSize }, (_, i) => i);
  const noise = createNoise(0, ids);
  const inputs = noise.uniform([28, 28, 1]);
  const goal = {
    kind: 'misclassify',
    labels: tf.tensor1d(
      ids.map((id) => id % 10),
      'int32',
    ),
  } as const;
  const attack = pgd({ steps: 1, randomStart: false });
  const threat = { norm: l2(), epsilon: 1 };
  const laps = stopwatch();
  try {
    do {
      const moved = ascend(attack, { model, inputs, goal, threat, noise });
      // Nothing has been computed for sure until the values are here.
      await moved.data();
      moved.dispose();
    } while (!laps.enough());
  } finally {
    tf.dispose([inputs, goal.labels]);
  }
  return laps.median();
}

/** The first lap warms up: it compiles, and is left out, unless it alone takes up the budget. */
function stopwatch(): { enough(): boolean; median(): number } {
  const times = [performance.now()];
  return {
    enough: () => {
      times.push(performance.now());
      return times.length > steps || times.at(-1)! - times[0]! > budget;
    },
    median: () => {
      const laps = times.slice(1).map((time, i) => time - times[i]!);
      const sorted = (laps.length > 1 ? laps.slice(1) : laps).sort((a, b) => a - b);
      const middle = (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
      return Math.round(middle * 10) / 10;
    },
  };
}
