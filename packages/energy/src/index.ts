export { discretePathEnergy, pathLosses, pathVariation } from './discrete-path-energy';
export { energyPath } from './energy-path';
export { energyProfile } from './energy-profile';
export { type EnergyRegularisationOptions, energyRegularisation } from './energy-regularisation';
export { type PathEnergyOptions, pathEnergy } from './path-energy';
