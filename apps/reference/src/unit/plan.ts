/** What is to be done for one model, and with what. */
import type { Defence, Examples, ThreatModel } from '@groundstate/core';
import type { LayersClassifier } from '@groundstate/models';
import type { StopOptions, Unlabelled, Validation } from '@groundstate/training';
import type { AuditSizes } from '../audit/audit';
import type { Console } from '../console/progress';
import type { NamedTraining } from '../registry/training';
import type { RunDirectory } from '../run-directory';

export interface UnitPlan {
  /** Its folder in the run; may have slashes. */
  readonly key: string;
  readonly defence: Defence;
  /** Of the weights, the order of the data and every draw. */
  readonly seed: number;
  readonly epochs: number;
  readonly batchSize: number;
  /** Steps of an epoch. @default as many as it takes to see every example once */
  readonly stepsPerEpoch?: number;
  /** How the weights move. A number: that learning rate with Adam, a tenth of it for the last quarter of the training. */
  readonly training: number | NamedTraining;
  /** Inputs without labels for every step. @default none */
  readonly unlabelled?: Unlabelled;
  /** As `--attack` takes them. */
  readonly attacks: readonly string[];
  /** What the attacks draw from. */
  readonly attackSeed: number;
  /** The network that is trained, with its first weights from the seed. @default the small convnet for digits */
  build?(seed: number): LayersClassifier | Promise<LayersClassifier>;
  /** Looks at the model after every epoch; the best one is kept. @default none, and the last epoch is */
  readonly validation?: Validation;
  /** Ends the training when the validation has not risen for a while. @default never */
  readonly stop?: StopOptions;
  /** Audited after the attacks, where given. */
  readonly audit?: AuditSizes;
}

export interface Bench {
  readonly directory: RunDirectory<unknown>;
  readonly console: Console;
  readonly signal: AbortSignal;
  readonly train: Examples;
  /** Those that are attacked. */
  readonly test: Examples;
  /** What the test error is measured on besides. @default nothing */
  readonly wholeTest?: Examples;
  readonly threat: ThreatModel;
}

/** Since `start`, to a tenth. */
export const seconds = (start: number): number => Math.round((Date.now() - start) / 100) / 10;
