/**
 * One model of a run: trained, saved, attacked, audited, from wherever an earlier process left it. Every pipeline is made of these.
 */
import { GroundstateError } from '@groundstate/core';
import { convnet, type LayersClassifier } from '@groundstate/models';
import { loadModelFromDirectory } from '@groundstate/models/node';
import type { Unit } from '../run-directory';
import { attackUnit } from './attack-unit';
import { auditUnit } from './audit-unit';
import type { Bench, UnitPlan } from './plan';
import { trainUnit } from './train-unit';

/** Rejects with `aborted` when the signal fires, and with `diverged`; the folder then holds all that a continuation needs. */
export async function completeUnit(plan: UnitPlan, bench: Bench): Promise<Unit> {
  const { directory, console } = bench;
  const earlier = await directory.unit(plan.key);
  if (earlier?.row && isAudited(plan, earlier)) {
    console.say(`${plan.key}: finished earlier`);
    return earlier;
  }
  let model: LayersClassifier;
  let unit = earlier;
  if (unit) model = await loadModelFromDirectory(directory.model(plan.key));
  else {
    model = (await plan.build?.(plan.seed)) ?? convnet({ seed: plan.seed, name: plan.defence.name });
    unit = await trainUnit(plan, model, bench);
  }
  try {
    if (!unit.row) {
      unit = await attackUnit(plan, model, unit, bench);
      await directory.saveUnit(plan.key, unit);
    }
    if (!isAudited(plan, unit)) unit = await auditUnit(plan, model, unit, bench);
    return unit;
  } finally {
    model.dispose();
  }
}

/** Or need not be. */
const isAudited = (plan: UnitPlan, unit: Unit): boolean => plan.audit === undefined || unit.audit !== undefined;

/** The same where a training that diverges is a result, to be recorded as one: where others are trained beside it. */
export async function attemptUnit(plan: UnitPlan, bench: Bench): Promise<void> {
  if ((await bench.directory.unit(plan.key))?.diverged) return;
  try {
    await completeUnit(plan, bench);
  } catch (cause) {
    if (!GroundstateError.is(cause) || cause.code !== 'diverged') throw cause;
    await bench.directory.saveUnit(plan.key, { gradientEvaluations: 0, training: 0, diverged: cause.message });
  }
}
