/** The options of `groundstate train`, as its request. */
import { trainDefaults } from '../config/defaults';
import { type ConfigFlags, readRequest } from '../config/read-request';
import { type TrainRequest, trainRequest } from '../config/train-request';
import type { Output } from '../console/output';
import { dataOf, onlyResume, usualData } from './run-folder';
import { resumeTraining, train } from './train';

export interface TrainFlags extends ConfigFlags {
  readonly dataset?: string;
  readonly data?: string;
  readonly model?: string;
  readonly defence?: string;
  readonly norm?: string;
  readonly epsilon?: string;
  readonly epochs?: string;
  readonly batchSize?: string;
  readonly learningRate?: string;
  readonly train?: string;
  readonly seed?: string;
  readonly backend?: string;
  readonly out?: string;
  readonly resume?: string;
}

const places = {
  dataset: 'dataset',
  data: 'data',
  model: 'model',
  defence: 'defence',
  norm: 'threat.norm',
  epsilon: 'threat.epsilon',
  epochs: 'sizes.epochs',
  batchSize: 'sizes.batchSize',
  learningRate: 'learningRate',
  train: 'sizes.train',
  seed: 'seed',
  backend: 'backend',
  out: 'out',
};

export async function readTrainRequest(flags: TrainFlags): Promise<TrainRequest> {
  const defaults = { ...trainDefaults, data: await usualData() };
  return readRequest(trainRequest, { owner: 'train', pipeline: 'train', defaults, flags, places, preset: dataOf });
}

export async function trainByFlags(flags: TrainFlags, output: Output): Promise<void> {
  onlyResume('train', flags);
  if (flags.resume !== undefined) return resumeTraining(flags.resume, output);
  return train(await readTrainRequest(flags), output);
}
