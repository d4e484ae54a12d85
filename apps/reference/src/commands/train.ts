/** `groundstate train`: one model with one defence. Its options are read in train-flags.ts. */
import { join } from 'node:path';
import { type Dataset, expected } from '@groundstate/core';
import { chooseBackendAloud } from '../backend/choose-backend';
import { checkSeal, sealed } from '../config/sealed';
import type { TrainRequest } from '../config/train-request';
import type { Output } from '../console/output';
import { quoted } from '../console/quoted';
import { trainingSummary } from '../console/training-summary';
import { environment } from '../environment';
import { interruptible } from '../interrupt';
import { datasetNamed, isDrawn, usualDataset } from '../registry/datasets';
import { defenceNamed } from '../registry/defences';
import { checkModelNamed, modelNamed } from '../registry/models';
import { createRun, type RunDirectory, refuseUsed, resumeRun } from '../run-directory';
import { threatOf } from '../threat';
import { type Decided, splitImages, type TrainConfig, trainModel } from '../training/train-model';
import { checkAttacks, dataAndBackend, newFolder } from './run-folder';

export async function train(request: TrainRequest, output: Output): Promise<void> {
  const dataset = request.dataset ?? usualDataset(request.data);
  const { out, ...rest } = request;
  // What our own code draws comes from no folder.
  const data = isDrawn(dataset) ? null : request.data;
  await work(await begin({ ...rest, dataset, data }, out, output), output);
}

/** Goes on with the training in this folder. */
export async function resumeTraining(folder: string, output: Output): Promise<void> {
  const { say } = output.console;
  const directory = await resumeRun<TrainConfig>(folder, 'train', say);
  try {
    checkSeal('--resume', directory);
    const dataset = await find(directory.config.request);
    await chooseBackendAloud(directory.config.request.backend, say);
    await work({ directory, dataset }, output);
  } finally {
    await directory.release();
  }
}

type Begun = { readonly directory: RunDirectory<TrainConfig>; readonly dataset: Dataset };

/** All that can be known to be wrong is said before anything is written, and what takes longest is looked at last. */
async function begin(wanted: Decided, out: string | null, { console, command }: Output): Promise<Begun> {
  const threat = threatOf(wanted.threat);
  defenceNamed(wanted.defence, threat);
  checkModelNamed(wanted.model);
  checkAttacks('train', [wanted.validation.attack], threat);
  if (wanted.validation.patience !== null && wanted.validation.images === 0) {
    throw expected('train', 'validation.images', 'above 0 where there is a patience', 0, 'The training stops by what a validation says.');
  }
  if (out !== null) await refuseUsed(out);
  const dataset = await find(wanted);
  const backend = await dataAndBackend(
    wanted.data,
    async () => splitImages(await dataset.load('train'), wanted),
    () => chooseBackendAloud(wanted.backend, console.say),
  );
  const { shape: inputShape, classes, bounds } = dataset.card;
  modelNamed(wanted.model, { inputShape, classes, bounds, seed: wanted.seed }).dispose();
  const config: TrainConfig = {
    schema: 'groundstate/config@1',
    pipeline: 'train',
    request: { ...wanted, backend },
    ...environment(command),
  };
  return { directory: await createRun(out ?? newFolder('train'), sealed(config), console.say), dataset };
}

const find = ({ dataset, data }: Decided): Promise<Dataset> => datasetNamed(dataset, { owner: 'train', data });

async function work({ directory, dataset }: Begun, output: Output): Promise<void> {
  const { console } = output;
  const { request } = directory.config;
  console.say(`data: ${dataset.card.source}`);
  console.say(
    `${request.model} with ${request.defence}, ${request.threat.norm} ${request.threat.epsilon}; the run is in ${directory.path}`,
  );
  const { signal, release } = interruptible(console);
  try {
    const training = await trainModel({ directory, dataset, console, signal });
    output.answer(`\n${trainingSummary(training, join(directory.path, training.weights.folder), request)}`, training);
  } catch (cause) {
    if (signal.aborted) console.say(`To go on: groundstate train --resume ${quoted(directory.path)}`);
    throw cause;
  } finally {
    release();
    await directory.release();
  }
}
