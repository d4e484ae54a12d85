/** The loop under `perturb`: one attack, or a sequence of them, over some rows until every row is done. */
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Attack, AttackState, Sequence, StepAttack } from '../contract/attack';
import type { Model } from '../contract/model';
import type { ThreatModel } from '../contract/norm';
import { checkAborted } from './abort';
import { breathe } from './breathe';
import { withinRadius } from './checks';
import type { PerturbOptions } from './perturb-options';
import { createProblem } from './problem';
import { disposeRows, gatherRows, type Rows } from './rows';
import { settle } from './settle';
import { answerTo, disposeExcept, gatherState, tidyState } from './state';
import { createTracker, type Tracker } from './tracker';

export interface Run {
  readonly model: Model;
  readonly threat: ThreatModel;
  readonly options: PerturbOptions;
  /** Passes spent on each example of the whole batch. */
  readonly forwards: Int32Array;
  readonly backwards: Int32Array;
}

/** A candidate that reached the goal, and the member that found it. */
export type Found = { readonly candidate: Float32Array; readonly margin: number; readonly distance: number; readonly by: number };

/** By position in the whole batch; rows that resisted are not in it. */
export type Findings = Map<number, Found>;

export async function runAttack(attack: Attack, rows: Rows, run: Run): Promise<Findings> {
  const planned = settle(attack, run.threat, run.model);
  return planned.kind === 'steps' ? runSteps(planned, rows, run) : runSequence(planned, rows, run);
}

async function runSequence({ members, keep }: Sequence, rows: Rows, run: Run): Promise<Findings> {
  const kept: Findings = new Map();
  for (const [by, member] of members.entries()) {
    const standing = keep === 'first' ? positionsWhere(rows, (position) => !kept.has(position)) : positionsWhere(rows, () => true);
    if (standing.length === 0) break;
    const part = gatherRows({ ...rows, noise: rows.noise.stream('member', by) }, standing);
    try {
      for (const [position, found] of await runAttack(member, part, run)) {
        const last = kept.get(position);
        const better = !last || (keep === 'nearest' ? found.distance < last.distance : found.margin > last.margin);
        if (better) kept.set(position, { ...found, by });
      }
    } finally {
      disposeRows(part);
    }
  }
  return kept;
}

async function runSteps(attack: StepAttack, given: Rows, run: Run): Promise<Findings> {
  const findings: Findings = new Map();
  if (given.positions.length === 0) return findings;
  const stopWhenFooled = attack.card.budget === 'fixed' && run.options.onFooled !== 'continue';
  const tracker = createTracker(given.inputs, attack);
  let rows = given;
  let problem = problemOf(rows, run, tracker);
  let state: AttackState | undefined;
  const dropFinished = async (): Promise<void> => {
    const all = state!;
    const finished = await finishedRows(all, tracker, stopWhenFooled);
    if (!finished.includes(1)) return;
    await collect(findings, tracker, rows, finished, run);
    const kept = Int32Array.from(positionsWhere(rows, (_, i) => !finished[i]));
    const before = rows;
    rows = gatherRows(before, kept);
    state = tidyState(attack.card.name, () => {
      const index = tf.tensor1d(kept, 'int32');
      tracker.gather(index);
      return gatherState(all, index);
    });
    disposeExcept(all, state, before);
    if (before !== given) disposeRows(before);
    problem = problemOf(rows, run, tracker);
  };
  try {
    const first = problem;
    state = tidyState(attack.card.name, () => attack.init(first));
    if (state.rows.done) await dropFinished();
    for (let index = 0; index < attack.steps && rows.positions.length > 0; index++) {
      await breathe();
      checkAborted('perturb', run.options.signal);
      run.options.onProgress?.({
        attack: attack.card.name,
        step: index,
        steps: attack.steps,
        active: rows.positions.length,
        examples: run.forwards.length,
      });
      const answer = attack.ask && (await answerTo(attack, state));
      const previous: AttackState = state;
      const now = problem;
      state = tidyState(attack.card.name, () => attack.step(previous, now, { index, ...(answer ? { answer } : {}) }));
      disposeExcept(previous, state, rows);

      await dropFinished();
    }
    if (rows.positions.length > 0) {
      // The last iterate has not been seen by the oracle yet.
      const last: AttackState = state;
      const now = problem;
      tf.tidy(() => {
        now.oracle.logits(last.rows.adversarial);
      });
      await collect(findings, tracker, rows, new Uint8Array(rows.positions.length).fill(1), run);
    }
    return findings;
  } finally {
    if (state) disposeExcept(state, undefined, rows);
    tracker.dispose();
    if (rows !== given) disposeRows(rows);
  }
}

function problemOf(rows: Rows, run: Run, tracker: Tracker): ReturnType<typeof createProblem> {
  const { inputs, goal, noise, positions } = rows;
  const parts = { model: run.model, bounds: run.model.bounds, threat: run.threat, mode: 'inference' as const, inputs, goal, noise };
  const count = (passes: Int32Array): void => {
    for (const position of positions) passes[position]! += 1;
  };
  const problem = createProblem(
    { ...parts, cleanLogits: () => rows.cleanLogits },
    {
      forward: (candidate, logits) => {
        count(run.forwards);
        tracker.show(candidate, logits, problem);
      },
      backward: () => count(run.backwards),
    },
  );
  return problem;
}

/** 1 for the rows that need no more steps. */
async function finishedRows(state: AttackState, tracker: Tracker, stopWhenFooled: boolean): Promise<Uint8Array> {
  const masks: Tensor1D[] = [];
  if (stopWhenFooled) masks.push(tracker.best.found);
  if (state.rows.done) masks.push(state.rows.done);
  const finished = new Uint8Array(state.rows.adversarial.shape[0] ?? 0);
  for (const mask of masks) for (const [i, value] of (await mask.data()).entries()) if (value) finished[i] = 1;
  return finished;
}

/**
 * Reads what was found for the rows of `mask`. A perturbation of minimum norm beyond epsilon is no finding: in a sequence it
 * would keep other members from the example, or take the place of what they found.
 */
async function collect(findings: Findings, { best }: Tracker, rows: Rows, mask: Uint8Array, { threat }: Run): Promise<void> {
  const [found, margin, distance] = await Promise.all([best.found.data(), best.margin.data(), best.distance.data()]);
  const worthReading = found.some((value, i) => value && mask[i]);
  if (!worthReading) return;
  const candidates = (await best.candidate.data()) as Float32Array;
  const size = candidates.length / found.length;
  for (const [i, position] of rows.positions.entries()) {
    if (!mask[i] || !found[i] || distance[i]! > withinRadius(threat.epsilon)) continue;
    const candidate = candidates.slice(i * size, (i + 1) * size);
    findings.set(position, { candidate, margin: margin[i]!, distance: distance[i]!, by: 0 });
  }
}

function positionsWhere(rows: Rows, test: (position: number, index: number) => boolean): Int32Array {
  const kept: number[] = [];
  for (const [i, position] of rows.positions.entries()) if (test(position, i)) kept.push(i);
  return Int32Array.from(kept);
}
