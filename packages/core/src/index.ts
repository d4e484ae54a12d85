export type { Adversary, Defence, Descent, Objective, StepContext, Terms } from './contract/objective';
export type {
  AdversarialLoss,
  Ascent,
  Attack,
  AttackCard,
  AttackProblem,
  AttackState,
  Goal,
  Oracle,
  Sequence,
  StepAttack,
  StepAttackDefinition,
  Turn,
} from './contract/attack';
export type { Attacked, Json, Metric, Observation, Verdict } from './contract/evaluation';
export type { Batch, Dataset, DatasetCard, Examples } from './contract/data';
export type { Bounds, Noise } from './contract/noise';
export type { Mode, Model, TrainableModel } from './contract/model';
export type { Norm, Radius, ThreatModel } from './contract/norm';
export { checkKeys, checkNumber, checkOneOf, type ErrorCode, expected, GroundstateError, show } from './errors';
