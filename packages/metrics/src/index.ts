export { accuracy } from './accuracy';
export { type EvaluateOptions, type EvaluationCursor, type EvaluationProgress, evaluate, type Report } from './evaluate';
export { perturbationSize } from './perturbation-size';
export { robustAccuracy } from './robust-accuracy';
export { type Proportion, wilson } from './wilson';
