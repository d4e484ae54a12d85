/** The audit of one model of a run, after the attacks on it; begun anew where it was left. */
import type { Model } from '@groundstate/core';
import { auditDefence } from '../audit/audit-defence';
import { logAudit } from '../logs/log-audit';
import type { Unit } from '../run-directory';
import { type Bench, seconds, type UnitPlan } from './plan';

export async function auditUnit(plan: UnitPlan, model: Model, unit: Unit, bench: Bench): Promise<Unit> {
  const { directory, console, test, threat, signal } = bench;
  const { key, defence, attacks, attackSeed } = plan;
  const sizes = plan.audit!;
  const task = console.task(`${key}: auditing`);
  const start = Date.now();
  try {
    const audit = await auditDefence(model, test, {
      name: defence.name,
      threat,
      sizes,
      seed: attackSeed,
      attacks,
      outcomes: unit.outcomes!,
      samples: directory.samples(key),
      signal,
      onProgress: (done, of, note) => task.at(done, of, note),
    });
    await directory.saveAudit(key, audit);
    await logAudit(directory.logs(key), directory.path, audit, console.say);
    // Last: a unit that says how long its audit took is one that has it.
    const audited = { ...unit, audit: seconds(start) };
    await directory.saveUnit(key, audited);
    task.finish(`${key}: audited in ${audited.audit} s`);
    return audited;
  } catch (cause) {
    task.fail(`${key}: stopped while auditing`);
    throw cause;
  }
}
