export { adversarialLoss, adversarialTraining } from './adversarial-training';
export { type OneStepAdversarialTrainingOptions, oneStepAdversarialTraining } from './one-step-at';
export { standard } from './standard';
export { divergenceLoss, type TradesOptions, trades, tradesSettings } from './trades';
export { entropyLoss, type VatOptions, vat, vatSettings, virtualAdversarialLoss } from './vat';
