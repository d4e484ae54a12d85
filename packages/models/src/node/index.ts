export { loadModelFromDirectory } from './load-model-from-directory';
export { type SaveOptions, saveModelToDirectory } from './save-model-to-directory';
