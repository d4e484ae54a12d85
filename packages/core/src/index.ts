import './substrate/register-gradients';

export type {
  AdversarialLoss,
  Ascent,
  Ascents,
  Attack,
  AttackCard,
  AttackProblem,
  AttackSetting,
  AttackState,
  Goal,
  Oracle,
  Plan,
  Sequence,
  StepAttack,
  StepAttackDefinition,
  Turn,
} from './contract/attack';
export type { Batch, Dataset, DatasetCard, Examples } from './contract/data';
export type { Attacked, Json, Metric, Observation, Verdict } from './contract/evaluation';
export type { Mode, Model, TrainableModel } from './contract/model';
export type { Bounds, Noise } from './contract/noise';
export type { Norm, Radius, ThreatModel } from './contract/norm';
export type { Adversary, Defence, Descent, Objective, StepContext, StepInputs, Terms } from './contract/objective';
export { checkAborted } from './drivers/abort';
export { type AscendProblem, ascend } from './drivers/ascend';
export { type AscentOptions, ascent } from './drivers/ascent';
export { breathe } from './drivers/breathe';
export { boxTolerance, withinRadius } from './drivers/checks';
export { defineAttack } from './drivers/define-attack';
export { logitsTogether } from './drivers/logits-together';
export { createMeter, type Meter } from './drivers/meter';
export { type PerturbRequest, perturb } from './drivers/perturb';
export type { PerturbOptions, PerturbProgress } from './drivers/perturb-options';
export { plan } from './drivers/plan';
export { problemOn } from './drivers/problem';
export { restarts, sequence } from './drivers/sequence';
export { settle } from './drivers/settle';
export { steadyMode } from './drivers/steady-mode';
export { createStep, type Step, type StepParts } from './drivers/step';
export { type WeightGradients, weightGradients } from './drivers/weight-gradients';
export { checkKeys, checkNumber, checkOneOf, type ErrorCode, expected, GroundstateError, show } from './errors';
export { batches } from './examples/batches';
export { examplesFromArrays } from './examples/examples-from-arrays';
export { type LabelSubset, type LabelSubsetOptions, labelSubset } from './examples/label-subset';
export { order } from './examples/order';
export { subset } from './examples/subset';
export { crossEntropy, crossEntropyOf } from './losses/cross-entropy';
export { type DlrOptions, dlr } from './losses/dlr';
export { kl, klOf } from './losses/kl';
export { type MarginOptions, margin, marginOf } from './losses/margin';
export { createNoise } from './noise/create-noise';
export { joinNoise } from './noise/join-noise';
export { l0 } from './norms/l0';
export { l1 } from './norms/l1';
export { l2 } from './norms/l2';
export { linf } from './norms/linf';
export { choose, chooser, clipToBox, euclidean, flatten, perExample, signOf, unit } from './norms/per-example';
export { cleanLoss } from './objectives/clean-loss';
export { scale } from './objectives/scale';
export { sum } from './objectives/sum';
export { cosine, linear, pieces, type Schedule, scheduled } from './schedules';
export { batchNormTraining, type NormalisedBatch } from './substrate/batch-norm-training';
export { freeFailedTape } from './substrate/failed-tape';
export { holdConstant } from './substrate/hold-constant';
export { type OptionalKernel, optionalKernel } from './substrate/optional-kernel';
export { secondOrderObstacle } from './substrate/second-order-check';
export { enableSecondOrder } from './substrate/second-order-gradients';
export { mendTapeOrder } from './substrate/tape-order';
export { twiceDifferentiable } from './substrate/twice-differentiable';
