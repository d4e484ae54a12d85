/**
 * One model of a run: trained, saved, attacked, audited, from wherever an earlier process left it. Every pipeline is made of these.
 */
import { GroundstateError } from '@groundstate/core';
import { convnet, type LayersClassifier } from '@groundstate/models';
import { loadModelFromDirectory } from '@groundstate/models/node';
import type { Unit } from '../run-directory';
import { attackUnit } from './attack-unit';
import type { Bench, UnitPlan } from './plan';
import { trainUnit } from './train-unit';

/** Rejects with `aborted` when the signal fires, and with `diverged`; the folder then holds all that a continuation needs. */
export async function completeUnit(plan: UnitPlan, bench: Bench): Promise<Unit> {
  const { directory, console } = bench;
  const earlier = await directory.unit(plan.key);
  if (earlier?.row) {
    console.say(`${plan.key}: finished earlier`);
    return earlier;
  }
  let model: LayersClassifier;
  let unit = earlier;
  if (unit) model = await loadModelFromDirectory(directory.model(plan.key));
  else {
    model = convnet({ seed: plan.seed, name: plan.defence.name });
    unit = await trainUnit(plan, model, bench);
  }
  try {
    const attacked = await attackUnit(plan, model, unit, bench);
    await directory.saveUnit(plan.key, attacked);
    return attacked;
  } finally {
    model.dispose();
  }
}

/** The same where a training that diverges is a result, to be recorded as one: in trials and comparisons. */
export async function attemptUnit(plan: UnitPlan, bench: Bench): Promise<void> {
  if ((await bench.directory.unit(plan.key))?.diverged) return;
  try {
    await completeUnit(plan, bench);
  } catch (cause) {
    if (!GroundstateError.is(cause) || cause.code !== 'diverged') throw cause;
    await bench.directory.saveUnit(plan.key, { gradientEvaluations: 0, training: 0, diverged: cause.message });
  }
}
