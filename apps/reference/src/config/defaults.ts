/** What a command does where nobody says otherwise. Plain values, so that help texts can name them without loading anything. */
import type { EvaluateRequest } from './evaluate-request';
import type { JudgeRequest } from './judge-request';
import type { RankRequest } from './rank-request';
import type { RunRequest } from './run-request';
import type { TrainRequest } from './train-request';
import type { TuneRequest } from './tune-request';

/** All else is the preset's. */
export const runDefaults: Pick<RunRequest, 'task' | 'preset' | 'seed' | 'seeds' | 'backend' | 'out'> = {
  task: 'supervised',
  preset: 'quick',
  seed: 0,
  seeds: 1,
  backend: 'auto',
  out: null,
};

/** Of commands that are about digits. */
const digitsThreat: RunRequest['threat'] = { norm: 'l2', epsilon: 2 };

export const tuneDefaults: Omit<TuneRequest, 'data'> = {
  seed: 0,
  backend: 'auto',
  threat: digitsThreat,
  trials: 6,
  contenders: ['all'],
  sizes: { train: 5000, validation: 500, epochs: 6, batchSize: 64, attacks: ['apgd-ce:steps=20'] },
  out: null,
};

export const rankDefaults: Omit<RankRequest, 'data' | 'tuning'> = {
  seeds: 3,
  backend: 'auto',
  sizes: { train: 10000, test: 1000, epochs: 8, attacks: ['apgd-ce:steps=100', 'square:queries=1000,rescaleSchedule=true'] },
  out: null,
};

/** Model, threat and attacks are for the user to say. */
export const evaluateDefaults: Omit<EvaluateRequest, 'model' | 'threat' | 'attacks' | 'data'> = {
  dataset: 'mnist',
  survivorsOnly: false,
  bits: null,
  limit: null,
  seed: 0,
  backend: 'auto',
  out: null,
  saveAdversarial: null,
};

/** Model and file are for the user to say; the threat is the one that stands in the file. */
export const judgeDefaults: Omit<JudgeRequest, 'model' | 'adversarial' | 'data'> = {
  dataset: 'mnist',
  threat: { norm: null, epsilon: null },
  bits: null,
  backend: 'auto',
  out: null,
};

export const trainDefaults: Omit<TrainRequest, 'data'> = {
  dataset: null,
  model: 'convnet',
  defence: 'standard',
  threat: digitsThreat,
  sizes: { train: null, epochs: 6, batchSize: 64 },
  learningRate: 1e-3,
  validation: { images: 0, attack: 'pgd:steps=10', patience: null },
  seed: 0,
  backend: 'auto',
  out: null,
};
