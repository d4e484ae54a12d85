/**
 * The energy regulariser as a callback: `model.fit` minimises mean l(x) + weight * mean D_K(x, r), with the model's own
 * data, optimiser, loss and metrics. The same mathematics as `energyRegularisation`.
 *
 * After "On model robustness against adversarial examples", S. Zhang, K. Huang, Z. Xu, 2019 (arXiv 1911.06479).
 */
import type { GroundstateError } from '@groundstate/core';
import * as tfl from '@tensorflow/tfjs-layers';
import { createEnergyStep, energyHook, type Moment } from './energy-step';
import { type EnergyRegularizerOptions, readOptions, type Settings } from './options';
import { refusal } from './refusal';
import { type Hook, type Hooks, installSeam, latestHooks, open, ours, plainObject } from './seam';

/** The callback's name in logs and history. */
const term = 'energy';
const owner = 'energyRegularizer';

type Run = {
  readonly model: tfl.LayersModel;
  readonly hooks: Hooks;
  hook?: Hook;
  /** The energy of the step before. */
  energy?: () => Promise<number>;
};

type Logs = Record<string, unknown>;

/** What `energyRegularizer` returns. One instance serves one fit at a time, and any number after one another. */
export class EnergyRegularizer extends tfl.Callback {
  readonly #settings: Settings;
  #run: Run | undefined;
  #epoch = 0;
  #batch = 0;
  #stepsSeen: number | undefined;
  #sum = 0;
  #examples = 0;

  constructor(options: EnergyRegularizerOptions) {
    super();
    this.#settings = readOptions(owner, options);
    installSeam(owner);
  }

  /** Called by tfjs-layers, as all the methods below: takes hold of the model that is trained. */
  override setModel(model: Parameters<tfl.Callback['setModel']>[0]): void {
    // tfjs-layers itself refuses a second fit of one model: a run of this very model is one that crashed.
    if (this.#run && (this.#run.model as unknown) !== model && open(this.#run.model).isTraining) {
      throw refusal(owner, 'callbacks', 'an instance for each fit', 'one that another fit is using', 'Call energyRegularizer again.');
    }
    super.setModel(model);
    const hooks = latestHooks(this.model);
    if (!hooks) {
      const advice = 'Train a model whose class leaves that method alone, or with withEnergy.';
      throw refusal(owner, 'model.makeTrainFunction', 'that of tfjs-layers', 'one of its own', advice, { code: 'unsupported' });
    }
    this.#run = { model: this.model, hooks };
  }

  /** Adds the energy to the training step of this fit. */
  override async onTrainBegin(): Promise<void> {
    if (!(#run in this)) throw strangerError(this);
    if (!this.#run) throw refusal(owner, 'setModel', 'called before training', 'no model', 'Pass the callback to model.fit.');
    const { model, hooks } = this.#run;
    if (hooks.size > 0) throw refusal(owner, 'callbacks', 'one energyRegularizer a fit', 'a second one', 'Give it to the fit once.');
    if (([this.params?.metrics].flat() as unknown[]).includes(term)) {
      throw refusal(owner, 'metrics', `named otherwise than '${term}'`, 'one of that name', 'That is where the energy is reported.');
    }
    this.#stepsSeen = undefined;
    const step = createEnergyStep(owner, model, this.#settings);
    const { hook, energy } = energyHook(model, step, () => this.#moment());
    Object.assign(this.#run, { hook, energy });
    hooks.add(hook);
  }

  /** Starts the mean of the epoch anew. */
  override async onEpochBegin(epoch: number): Promise<void> {
    this.#epoch = epoch;
    this.#batch = 0;
    this.#sum = 0;
    this.#examples = 0;
  }

  /** Notes which batch is next: paths are drawn for it. */
  override async onBatchBegin(batch: number): Promise<void> {
    this.#batch = batch;
  }

  /** Puts the batch's energy into the logs. */
  override async onBatchEnd(batch: number, logs?: unknown): Promise<void> {
    const energy = (await this.#run?.energy?.()) ?? 0;
    const size = Number((logs as Logs | undefined)?.size ?? 1);
    this.#sum += energy * size;
    this.#examples += size;
    this.#batch = batch + 1;
    if (logs) (logs as Logs)[term] = energy;
  }

  /** Puts the epoch's mean into the logs. */
  override async onEpochEnd(_epoch: number, logs?: unknown): Promise<void> {
    this.#stepsSeen = this.#batch;
    if (logs && this.#examples > 0) (logs as Logs)[term] = this.#sum / this.#examples;
  }

  /** Leaves the model as it was. */
  override async onTrainEnd(): Promise<void> {
    if (this.#run?.hook) this.#run.hooks.delete(this.#run.hook);
    this.#run = undefined;
  }

  #moment(): Moment {
    const epochs = Number(this.params?.epochs ?? 1);
    const steps = stepsAnEpoch(this.params) ?? this.#stepsSeen;
    const share = steps ? Math.min(1, this.#batch / steps) : 0;
    return { progress: Math.min(1, (this.#epoch + share) / epochs), stream: [this.#epoch, this.#batch] };
  }
}
Object.defineProperty(EnergyRegularizer.prototype, ours, { value: true });

/**
 * A callback for `model.fit` and `model.fitDataset`. Logs and `history` show the weighted energy as `energy`, and `loss`
 * with it included; `val_loss` is the model's own. When training ends, in whichever way, the model is as it was.
 *
 * Paths ascend the compiled loss in inference mode. Their points are taken in training mode with one dropout mask for all,
 * or, with batch normalisation, in inference mode. Class weights weigh the loss, and so the energy by their squares. An example's energy must not depend on the others:
 * layers of your own that mix or draw at random are not recognised.
 *
 * Schedules of epsilon and weight run over the fit's epochs; where `fitDataset` does not know how many batches an epoch
 * has, they stand still during the first.
 *
 * @example
 * await model.fit(images, labels, { epochs: 5, callbacks: energyRegularizer({ epsilon: 1.5, weight: linear(0, 1, 0.2) }) });
 */
export function energyRegularizer(options: EnergyRegularizerOptions): EnergyRegularizer {
  return new EnergyRegularizer(options);
}

function stepsAnEpoch(params: tfl.Callback['params'] | undefined): number | undefined {
  const { steps, samples, batchSize } = (params ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof steps === 'number') return steps;
  return typeof samples === 'number' && typeof batchSize === 'number' ? Math.ceil(samples / batchSize) : undefined;
}

/** tfjs-layers has taken the methods off the instance, as off a plain object. */
function strangerError(caller: object): GroundstateError {
  if (caller instanceof tfl.CustomCallback) return plainObject('before');
  return twoCopies(owner);
}

export function twoCopies(who: string): GroundstateError {
  const rule = "of the same copy of @tensorflow/tfjs-layers as this package's";
  const advice = 'Install one copy, 4.22.0, and import it one way throughout (npm ls @tensorflow/tfjs-layers).';
  return refusal(who, 'model', rule, 'one of another', advice, { code: 'unsupported' });
}
