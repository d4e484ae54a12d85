/** The training of one model of a run: from its last checkpoint, to a saved model. */
import { existsSync } from 'node:fs';
import { GroundstateError, pieces } from '@groundstate/core';
import type { LayersClassifier } from '@groundstate/models';
import { saveModelToDirectory } from '@groundstate/models/node';
import { fit } from '@groundstate/training';
import { trainingLog } from '../logs/training-log';
import type { Unit } from '../run-directory';
import { type Bench, seconds, type UnitPlan } from './plan';

/** Steps between two checkpoints: what a kill can cost. */
const checkpointEvery = 100;

export async function trainUnit(plan: UnitPlan, model: LayersClassifier, bench: Omit<Bench, 'test' | 'threat'>): Promise<Unit> {
  const { directory, console, train, signal } = bench;
  const { key, defence, epochs, batchSize, stepsPerEpoch, seed, training, unlabelled } = plan;
  const checkpoints = directory.checkpoints(key);
  const { checkpoint: resume, passedOver } = await checkpoints.load();
  for (const line of passedOver) console.say(line);
  if (resume) console.say(`${key}: continuing after step ${resume.history.steps}`);
  const log = await trainingLog(directory.logs(key), resume?.history, console.say);
  const task = console.task(`${key}: training`);
  const start = Date.now();
  try {
    const history = await fit(model, train, defence, {
      epochs,
      batchSize,
      seed,
      ...(typeof training === 'number' ? { learningRate: pieces([0, training], [0.75, training / 10]) } : training),
      ...(stepsPerEpoch === undefined ? {} : { stepsPerEpoch }),
      ...(unlabelled ? { unlabelled } : {}),
      signal,
      checkpointEvery,
      onCheckpoint: checkpoints.save,
      onProgress: (progress) => {
        const { step, steps, epoch, terms } = progress;
        log.progress(progress);
        const losses = Object.entries(terms).map(([term, value]) => `${term} ${value.toFixed(3)}`);
        task.at(step, steps, `epoch ${epoch}/${epochs}  ${losses.join('  ')}`);
      },
      onEvent: log.event,
      ...(plan.validation ? { validation: plan.validation } : {}),
      ...(plan.stop ? { stop: plan.stop } : {}),
      ...(resume ? { resume } : {}),
    });
    // Written before the unit says that it is trained; a crash in between finds the model and replaces it.
    await saveModelToDirectory(model, directory.model(key), { overwrite: existsSync(directory.model(key)) });
    const unit = { gradientEvaluations: history.backwards, training: seconds(start), history };
    log.trained(history, unit.training);
    await directory.saveUnit(key, unit);
    task.finish(`${key}: trained in ${unit.training} s`);
    return unit;
  } catch (cause) {
    const diverged = GroundstateError.is(cause) && cause.code === 'diverged';
    if (diverged) log.diverged();
    task.fail(`${key}: ${diverged ? 'diverged' : 'stopped'} while training`);
    if (diverged) console.say(`${key}: ${whatStands((await checkpoints.load()).checkpoint?.history.steps)}`);
    model.dispose();
    throw cause;
  }
}

/** A training is the same each time: to go on is no way out of a divergence. */
function whatStands(step: number | undefined): string {
  const left = step === undefined ? 'no checkpoint was due before that' : `the checkpoint after step ${step} stands`;
  return `${left}; --resume comes to the same end, other settings (a smaller learning rate, first of all) need a new run`;
}
