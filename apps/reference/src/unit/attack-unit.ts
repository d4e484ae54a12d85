/** The attacks on one model of a run, from wherever the cursor stands. */
import type { Model } from '@groundstate/core';
import { assess } from '../assess';
import { defenceRow } from '../defence-row';
import { logAttacked } from '../logs/log-attacked';
import type { Unit } from '../run-directory';
import { describeAdversary } from './describe-adversary';
import { type Bench, seconds, type UnitPlan } from './plan';

export async function attackUnit(plan: UnitPlan, model: Model, unit: Unit, bench: Bench): Promise<Unit> {
  const { directory, console, test, wholeTest, threat, signal } = bench;
  const { key, defence } = plan;
  const task = console.task(`${key}: attacking`);
  const start = Date.now();
  const cursor = await directory.cursor(key);
  const save = (next: NonNullable<typeof cursor>): Promise<void> => directory.saveCursor(key, next);
  const whole = wholeTest ? { whole: wholeTest } : {};
  const store = directory.verdicts(key);
  const options = { threat, attacks: plan.attacks, seed: plan.attackSeed, signal, task, store, onCursor: save, ...whole };
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
    const measured = { ...unit, row, outcomes: report.values.outcomes, evaluation };
    return report.whole ? { ...measured, wholeOutcomes: report.whole.outcomes } : measured;
  } catch (cause) {
    task.fail(`${key}: stopped while attacking`);
    throw cause;
  }
}
