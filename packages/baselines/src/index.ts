export { adversarialLoss, adversarialTraining } from './adversarial-training';
export { type AlpOptions, alp, alpSettings, pairingLoss } from './alp';
export { type AwpOptions, awp, awpSettings } from './awp';
export { type CureOptions, type CurvaturePenaltyOptions, cure, cureSettings, curvaturePenalty } from './cure';
export { chordError, type ElleOptions, elle, elleSettings } from './elle';
export { type FastAdversarialTrainingOptions, fastAdversarialTraining, fastSettings } from './fast-at';
export { type FgsmAdversarialTrainingOptions, fgsmAdversarialTraining, fgsmSettings } from './fgsm-at';
export {
  type FreeAdversarialTrainingOptions,
  type FreeDescentOptions,
  freeAdversarialTraining,
  freeDescent,
  freeSettings,
} from './free-at';
export { type GaussianAugmentationOptions, gaussianAugmentation, gaussianAugmentationSettings, noisyLoss } from './gaussian-augmentation';
export { type GradAlignOptions, gradAlign, gradAlignSettings, misalignment } from './grad-align';
export {
  gradientPenalty,
  type InputGradientRegularisationOptions,
  inputGradientRegularisation,
} from './input-gradient-regularisation';
export type { GradientMethod } from './input-gradients';
export {
  type JacobianPenaltyOptions,
  type JacobianRegularisationOptions,
  jacobianPenalty,
  jacobianRegularisation,
  jacobianSettings,
} from './jacobian-regularisation';
export {
  type LinearityLossOptions,
  type LocalLinearityOptions,
  linearityLoss,
  localLinearity,
  localLinearitySettings,
} from './llr';
export { type MartOptions, mart, martLoss, martSettings } from './mart';
export { type NFgsmOptions, nFgsm, nFgsmSettings } from './n-fgsm';
export { type OneStepAdversarialTrainingOptions, oneStepAdversarialTraining } from './one-step-at';
export { standard } from './standard';
export { divergenceLoss, type TradesOptions, trades, tradesSettings } from './trades';
export {
  entropyLoss,
  type VatOptions,
  type VirtualAdversarialAttackOptions,
  vat,
  vatSettings,
  virtualAdversarialAttack,
  virtualAdversarialLoss,
} from './vat';
export type { WarmUpOptions } from './warm-up';
