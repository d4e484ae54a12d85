export { adversarialLoss, adversarialTraining } from './adversarial-training';
export { standard } from './standard';
