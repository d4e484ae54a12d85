export { type EnergyRegularizer, energyRegularizer } from './energy-regularizer';
export type { EnergyRegularizerOptions, PerInput } from './options';
export { type BatchTensors, type EnergyModel, type PreparedEnergy, type StepOptions, withEnergy } from './with-energy';
