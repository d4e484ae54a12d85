export { finiteDifferences, relativeError, weightDifferences } from './gradients';
export { describeAttack } from './kits/describe-attack';
export { describeDataset } from './kits/describe-dataset';
export { describeMetric } from './kits/describe-metric';
export { describeNorm } from './kits/describe-norm';
export { describeObjective } from './kits/describe-objective';
export { leakedTensors, withoutSynchronousReads } from './kits/leaks';
export { binaryModel, linearModel, unfoolableModel, waveModel } from './toys/binary-models';
export { fixedNoise } from './toys/fixed-noise';
export {
  type ApgdFixture,
  type FixtureTensor,
  fixtureTensor,
  type NamedFixtureTensor,
  type PgdFixture,
  type ReferenceCase,
  type ReferenceFixture,
  referenceCase,
} from './toys/reference-models';
export { type SmoothModel, smoothModel } from './toys/smooth-model';
