import type { Tensor, Tensor1D, Tensor2D, TypedArray } from '@tensorflow/tfjs-core';
import type { Bounds, Noise } from './noise';
import type { ThreatModel } from './norm';

/** What the attack wants: any wrong class, one given class, or (for unlabelled data) any class but the clean one. */
export type Goal =
  | { readonly kind: 'misclassify'; readonly labels: Tensor1D }
  | { readonly kind: 'target'; readonly classes: Tensor1D }
  | { readonly kind: 'change' };

/** Per example, HIGHER is closer to the goal: attacks ascend, and no attack holds a sign of its own. */
export type AdversarialLoss = (logits: Tensor2D, problem: AttackProblem) => Tensor1D;

/** The result of one forward pass and a backward pass for each of several losses. */
export type Ascents = { readonly losses: readonly Tensor1D[]; readonly gradients: readonly Tensor[]; readonly logits: Tensor2D };

/** The result of one forward and one backward pass. */
export type Ascent = { readonly loss: Tensor1D; readonly gradient: Tensor; readonly logits: Tensor2D };

/**
 * What an attack may ask of the model. Metered per example; every candidate it is shown may become the answer. `draw` numbers the
 * draw of models that draw random numbers; without it they are asked at one and the same draw.
 */
export interface Oracle {
  /** One forward pass. */
  logits(candidate: Tensor, draw?: number): Tensor2D;
  /** One forward and one backward pass: loss `[n]`, its gradient for the candidate, logits `[n, classes]`. */
  ascent(candidate: Tensor, loss: AdversarialLoss, draw?: number): Ascent;
  /** One forward pass and a backward pass for each loss: several slopes at one point. */
  ascents(candidate: Tensor, losses: readonly AdversarialLoss[], draw?: number): Ascents;
  /** 1 where the goal is met by at least `confidence` (a difference of logits), 0 elsewhere; NaN never counts. */
  reached(logits: Tensor2D, confidence?: number): Tensor1D;
}

/** Everything an attack is given. Row i of every tensor belongs to the same example. */
export interface AttackProblem {
  readonly oracle: Oracle;
  readonly bounds: Bounds;
  readonly inputs: Tensor;
  readonly cleanLogits: Tensor2D;
  readonly goal: Goal;
  readonly threat: ThreatModel;
  readonly noise: Noise;
}

/** `rows`: tensors whose first axis is the batch, gathered when the driver drops finished examples. `shared`: everything else. */
export type AttackState = {
  readonly rows: {
    readonly adversarial: Tensor;
    /** 1 where the attack itself has nothing more to try; what it ended with must have been shown to the oracle. */
    readonly done?: Tensor1D;
    readonly [name: string]: Tensor | undefined;
  };
  readonly shared?: object;
};

/** What an attack is: shown in tables, checked by the drivers. */
export interface AttackCard {
  readonly name: string;
  /** The norms it is defined for. */
  readonly norms: readonly string[];
  /** `fixed` uses the whole budget; `minimum` looks for the smallest perturbation. */
  readonly budget: 'fixed' | 'minimum';
  readonly access: 'gradients' | 'logits' | 'labels';
  readonly goals: readonly Goal['kind'][];
  /** Title, authors, year and arXiv id. */
  readonly paper: string;
}

/** Which step it is, from 0, and what the driver read for `ask`. */
export type Turn = { readonly index: number; readonly answer?: TypedArray };

/** An attack as its author writes it: pure and synchronous; no tidy, no dispose, no verdict. */
export interface StepAttackDefinition<S extends AttackState> {
  readonly card: AttackCard;
  /** An upper bound on the number of steps. */
  readonly steps: number;
  /** Candidates count only where the goal is met by more than this, a difference of logits. @default 0 */
  readonly confidence?: number;
  /** What a minimum-norm attack keeps: of all within the budget, the candidate where this is smallest, `[n]`. @default the size of the perturbation */
  readonly rank?: (candidate: Tensor, problem: AttackProblem) => Tensor1D;
  /** The state before the first step. */
  init(problem: AttackProblem): S;
  /** One step: a pure function of the state, without a verdict. */
  step(state: S, problem: AttackProblem, turn: Turn): S;
  /** A value that the driver reads (asynchronously) for the next turn. Attacks that ask cannot run in `ascend`. */
  ask?(state: S): Tensor | undefined;
}

/** An attack as its user sees it. */
export interface StepAttack extends StepAttackDefinition<AttackState> {
  readonly kind: 'steps';
}

/** Several attacks as one. `first`: each runs where no earlier one succeeded. `nearest`, `worst`: all run, the smallest or the worst is kept. */
export interface Sequence {
  readonly kind: 'sequence';
  readonly card: AttackCard;
  readonly members: readonly Attack[];
  readonly keep: 'first' | 'nearest' | 'worst';
}

/** What an attack may depend on before it has seen an input. */
export type AttackSetting = { readonly norm: string; readonly epsilon: number; readonly classes: number };

/** An attack that differs from norm to norm or with the number of classes; made when these are known. */
export interface Plan {
  readonly kind: 'plan';
  readonly card: AttackCard;
  /** The attack for this norm, budget and number of classes. */
  plan(setting: AttackSetting): Attack;
}

/** What `perturb` runs: an attack of steps, several attacks as one, or one that is made for the norm and the classes it meets. */
export type Attack = StepAttack | Sequence | Plan;
