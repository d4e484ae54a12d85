export { type AdamOptions, adam } from './adam';
export type { Checkpoint, Position, RunIdentity, StoredTensor } from './checkpoint';
export { decodeCheckpoint, encodeCheckpoint } from './checkpoint-file';
export { fit } from './fit';
export type { FitOptions, FitProgress } from './fit-options';
export type { Epoch, History } from './history';
export type { Optimiser, OptimiserState } from './optimiser';
export { plainDescent } from './plain-descent';
export { type SgdOptions, sgd } from './sgd';
