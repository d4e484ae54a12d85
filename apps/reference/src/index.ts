export { type Chosen, chooseBackend } from './backend/choose-backend';
export { type Difference, differenceOf, type SeedOutcomes } from './comparison/difference';
export { type Preset, type PresetName, presets } from './presets';
export { parseAttack } from './registry/attacks';
export { type DefenceRow, type Results, type RobustRow, resultsSchema, type Share } from './results';
export { createRun, type RunDirectory, resumeRun } from './run-directory';
export { type MnistConfig, type MnistRun, runMnist } from './run-mnist';
