/** The attacks on one model of a run, from wherever the cursor stands. */
import type { Model } from '@groundstate/core';
import { assess } from '../assess';
import { logAttacked } from '../logs/log-attacked';
import { defenceRow } from '../results';
import type { Unit } from '../run-directory';
import { describeAdversary } from './describe-adversary';
import { type Bench, seconds, type UnitPlan } from './plan';

export async function attackUnit(plan: UnitPlan, model: Model, unit: Unit, bench: Bench): Promise<Unit> {
  const { directory, console, test, threat, signal } = bench;
  const { key, defence } = plan;
  const task = console.task(`${key}: attacking`);
  const start = Date.now();
  const cursor = await directory.cursor(key);
  const save = (next: NonNullable<typeof cursor>): Promise<void> => directory.saveCursor(key, next);
  const options = { threat, attacks: plan.attacks, seed: plan.attackSeed, signal, task, onCursor: save };
  try {
    const report = await assess(model, test, cursor ? { ...options, cursor } : options);
    const about = {
      name: defence.name,
      objective: defence.objective.name,
      adversary: describeAdversary(defence),
      gradientEvaluations: unit.gradientEvaluations,
    };
    const row = defenceRow(about, report, { norm: threat.norm.name, epsilon: threat.epsilon });
    const evaluation = seconds(start);
    await logAttacked(directory.logs(key), row, evaluation, console.say);
    task.finish(`${key}: attacked in ${evaluation} s`);
    return { ...unit, row, outcomes: report.values.outcomes, evaluation };
  } catch (cause) {
    task.fail(`${key}: stopped while attacking`);
    throw cause;
  }
}
