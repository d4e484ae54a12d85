import { recipes } from '@groundstate/datasets';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { checkAttacks } from '../commands/run-folder';
import { runDefaults } from '../config/defaults';
import { runRequest } from '../config/run-request';
import { drawnData, realData } from '../data';
import { defencesFor } from '../defences';
import { checkModelNamed, countParameters, modelNamed } from '../registry/models';
import { preprocessingNamed } from '../registry/preprocessing';
import { trainingNamed } from '../registry/training';
import { threatOf } from '../threat';
import { type PresetName, presetNames, tasks } from './pipeline';
import { pipelines, settle } from './registry';

const all = Object.values(pipelines);
const every = all.flatMap((pipeline) =>
  tasks.flatMap((task) => presetNames.map((preset) => ({ title: `${pipeline.name}, ${task}, ${preset}`, pipeline, task, preset }))),
);

describe.each(every)('$title', ({ pipeline, task, preset }) => {
  it('names a model, defences, attacks and a training that there are, in a request that is one', () => {
    // Virtual adversarial training, which the semi-supervised task is about, is one of l2.
    for (const norm of task === 'supervised' ? (['linf', 'l2'] as const) : (['l2'] as const)) {
      const { threat, model, defences, sizes, training } = settle(pipeline, task, preset, norm);
      expect(threat.norm).toBe(norm);
      const request = { ...runDefaults, task, preset, data: null, threat, model, defences, sizes, training };
      expect(runRequest.safeParse(request)).toMatchObject({ success: true, data: request });
      checkModelNamed(model);
      expect(defencesFor(threatOf(threat), defences).map(({ name }) => name)[0]).toBe('standard');
      checkAttacks('run', sizes.attacks, threatOf(threat));
      trainingNamed(training);
      expect(preprocessingNamed(training.preprocessing)).toBeTypeOf('function');
    }
  });

  it('has few labels where that is the task, and other inputs beside them', () => {
    const { labels, unlabelledBatchSize, batchSize, train } = settle(pipeline, task, preset).sizes;
    if (task === 'supervised') expect([labels, unlabelledBatchSize]).toEqual([null, null]);
    else {
      expect(labels).toBeLessThan(train);
      expect(labels).toBeGreaterThanOrEqual(batchSize);
      expect(unlabelledBatchSize).toBeGreaterThan(batchSize);
    }
  });
});

describe('pipelines', () => {
  it('know their data by names that there are', () => {
    for (const { dataset, standIn } of all) {
      expect(Object.keys(recipes)).toContain(dataset);
      expect(realData.has(dataset)).toBe(true);
      expect(drawnData[standIn]({ train: 10 }).card.name).toBe(standIn);
    }
  });

  it('have networks of two cores in all presets but paper, which has those that are published', () => {
    const before = tf.memory().numTensors;
    const weights = (pipeline: (typeof all)[number], task: (typeof tasks)[number], preset: PresetName): number => {
      const { shape: inputShape, classes } = drawnData[pipeline.standIn]({ train: 10 }).card;
      const model = modelNamed(settle(pipeline, task, preset).model, { inputShape, classes, seed: 0 });
      const count = countParameters(model);
      model.dispose();
      return count;
    };
    // Madry's; TRADES'; PreActResNet-18.
    expect(weights(pipelines.mnist, 'supervised', 'paper')).toBe(3_274_634);
    expect(weights(pipelines['fashion-mnist'], 'supervised', 'paper')).toBe(312_202);
    expect(weights(pipelines.cifar10, 'supervised', 'paper')).toBeGreaterThan(11e6);
    for (const pipeline of all) {
      for (const task of tasks) {
        for (const preset of ['smoke', 'quick', 'standard'] as const) expect(weights(pipeline, task, preset)).toBeLessThan(3e6);
      }
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});
