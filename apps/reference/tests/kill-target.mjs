/**
 * What kill-and-resume kills: `node kill-target.mjs <folder> <backend>` trains a model with everything on that a checkpoint
 * must hold, then runs three small pipelines. It goes on where an earlier process of the same folder was killed, names on
 * standard output the part that has got on, and ends by writing done.json with digests of all weights. It stands on the
 * built packages, as users have them.
 */
import { createHash } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pgd } from '@groundstate/attacks';
import { freeAdversarialTraining, trades } from '@groundstate/baselines';
import { cosine, l2, subset } from '@groundstate/core';
import { syntheticDigits, syntheticShapes } from '@groundstate/datasets';
import { fromLayersModel, keyedDropout } from '@groundstate/models';
import { adam, fit, randomShift, robustValidation, sgd, weightAverage } from '@groundstate/training';
import { checkpointDirectory } from '@groundstate/training/node';
import * as tfl from '@tensorflow/tfjs-layers';
import { chooseBackend, createRun, resumeRun, runPipeline } from 'groundstate';

const [folder, backend] = process.argv.slice(2);
await chooseBackend(backend);
const threat = { norm: l2(), epsilon: 1 };
const digits = syntheticDigits({ seed: 1, train: 120, test: 24 });
const all = await digits.load('train');
const part = (from, to) =>
  subset(
    all,
    Int32Array.from({ length: to - from }, (_, i) => from + i),
  );

/** Batch normalisation, dropout by example, averages of the weights, clipping, augmentation, unlabelled batches, validation. */
const semiSupervised = {
  defence: trades({ threat, beta: 2, steps: 2 }),
  options: {
    epochs: 2,
    batchSize: 10,
    optimiser: adam({ weightDecay: 1e-3 }),
    learningRate: cosine(3e-3, 1e-4),
    clipNorm: 5,
    averaging: weightAverage({ decay: 0.9 }),
    augmentation: randomShift({ pixels: 2 }),
    unlabelled: { examples: part(60, 100), batchSize: 7 },
    validation: robustValidation({ examples: part(100, 120), attack: pgd({ steps: 2 }), threat }),
  },
};
/** A descent with a memory, replays, momentum. */
const free = {
  defence: freeAdversarialTraining({ threat, replays: 3 }),
  options: { epochs: 2, batchSize: 16, optimiser: sgd({ momentum: 0.9, nesterov: true }), learningRate: 0.01 },
};

const digests = {};
for (const [name, { defence, options }] of Object.entries({ semiSupervised, free })) {
  const model = fromLayersModel(network(), { name });
  const checkpoints = checkpointDirectory(join(folder, name));
  const { checkpoint, passedOver } = await checkpoints.load();
  for (const line of passedOver) console.error(line);
  await fit(model, part(0, 60), defence, {
    ...options,
    seed: 3,
    checkpointEvery: 2,
    onCheckpoint: async (made) => {
      await checkpoints.save(made);
      tell(name);
    },
    ...(checkpoint ? { resume: checkpoint } : {}),
  });
  digests[name] = digest(model);
  model.dispose();
}

const training = { optimiser: 'adam', learningRate: 1e-3, schedule: 'drops', augmentation: 'none', preprocessing: 'none' };
const allLabelled = { labels: null, stepsPerEpoch: null, unlabelledBatchSize: null };
const small = {
  train: 48,
  epochs: 1,
  batchSize: 16,
  test: 6,
  attacks: ['pgd:steps=2', 'square:queries=3'],
  audit: { images: 4, steps: 2, samples: 2 },
};
const common = {
  schema: 'groundstate/config@1',
  about: '',
  preset: 'smoke',
  backend,
  data: null,
  environment: { groundstate: '', tensorflow: '', node: '', platform: '' },
  command: '',
};
/** One seed of digits; two seeds of shapes in colour, augmented and normalised; two seeds from few labels, with batch normalisation. */
const runs = {
  run: {
    dataset: digits,
    config: {
      pipeline: 'mnist',
      task: 'supervised',
      seed: 4,
      seeds: [4],
      threat: { norm: 'l2', epsilon: 1 },
      model: 'convnet',
      defences: ['standard', 'pgd-at', 'energy-d2'],
      sizes: { ...small, ...allLabelled },
      training,
    },
  },
  colour: {
    dataset: syntheticShapes({ seed: 1, train: 60, test: 12 }),
    config: {
      pipeline: 'cifar10',
      task: 'supervised',
      seed: 1,
      seeds: [1, 2],
      threat: { norm: 'linf', epsilon: 8 / 255 },
      model: 'convnet:filters=4+8,hidden=16',
      defences: ['standard', 'energy-d2:warmUp=0.3'],
      sizes: { ...small, ...allLabelled },
      training: { ...training, augmentation: 'crop:padding=4+flip', preprocessing: 'channels' },
    },
  },
  fewLabels: {
    dataset: digits,
    config: {
      pipeline: 'mnist',
      task: 'semi-supervised',
      seed: 1,
      seeds: [1, 2],
      threat: { norm: 'l2', epsilon: 1 },
      model: 'mlp:hidden=16,batchNorm=true',
      defences: ['standard', 'vat:entmin=true', 'virtual-energy-d2:path=power'],
      sizes: { ...small, train: 120, labels: 20, stepsPerEpoch: 3, batchSize: 10, unlabelledBatchSize: 16 },
      training: { ...training, schedule: 'linear-end:from=0.5,beta1=0.5' },
    },
  },
};
for (const [name, { dataset, config }] of Object.entries(runs)) {
  const run = join(folder, name);
  if (existsSync(join(run, 'results.json'))) continue;
  const begun = existsSync(join(run, 'config.json'));
  const directory = begun ? await resumeRun(run, config.pipeline) : await createRun(run, { ...common, ...config });
  const on = () => tell(name);
  const task = { at: on, finish: on, fail: on };
  const console = { say: () => undefined, task: () => task };
  await runPipeline({ directory, dataset, console, signal: new AbortController().signal });
}
writeFileSync(join(folder, 'done.json'), JSON.stringify(digests));

/** Names the part that has got on. */
function tell(part) {
  process.stdout.write(`${part}\n`);
}

function network() {
  const convolution = { filters: 4, kernelSize: 4, strides: 4, padding: 'same' };
  return tfl.sequential({
    layers: [
      tfl.layers.conv2d({
        ...convolution,
        inputShape: [28, 28, 1],
        name: 'conv',
        kernelInitializer: tfl.initializers.glorotUniform({ seed: 1 }),
      }),
      tfl.layers.batchNormalization({ name: 'normalisation' }),
      tfl.layers.activation({ activation: 'relu', name: 'relu' }),
      tfl.layers.flatten({ name: 'flatten' }),
      keyedDropout({ rate: 0.3, name: 'dropout' }),
      tfl.layers.dense({ units: 10, name: 'logits', kernelInitializer: tfl.initializers.glorotUniform({ seed: 2 }) }),
    ],
  });
}

function digest({ weights, buffers }) {
  const hash = createHash('sha256');
  for (const [name, variable] of Object.entries({ ...weights, ...buffers })) hash.update(name).update(variable.dataSync());
  return hash.digest('hex');
}
