export { type BallEnergyOptions, ballEnergy } from './ball-energy';
export { type ContinuousPathEnergyOptions, continuousPathEnergy } from './continuous-path-energy';
export { discretePathEnergy, pathLosses, pathVariation } from './discrete-path-energy';
export type { EnergyName, EnergyOptions } from './energies';
export { energyPath } from './energy-path';
export { type EnergyProfile, energyProfile } from './energy-profile';
export { type EnergyRegularisationOptions, energyRegularisation, virtualEnergyRegularisation } from './energy-regularisation';
export { type FormOptions, huber } from './form';
export { type PathEnergyOptions, pathEnergy } from './path-energy';
export type { PathOptions } from './path-objective';
export { type PointEnergyOptions, pointEnergy } from './point-energy';
export type { SlopeOptions } from './slope';
export type { FigureName } from './stability-figures';
export {
  type Conclusions,
  type ExampleStability,
  type Relations,
  type StabilityOptions,
  type StabilityReport,
  smoothedRadius,
  stabilityReport,
} from './stability-report';
export { stabilityTable } from './stability-table';
export { variationEnergy } from './variation-energy';
export { type WorstPathOptions, worstPath } from './worst-path';
export { type WorstPathEnergyOptions, worstPathEnergy } from './worst-path-energy';
