export { type ByteExamplesOptions, byteExamples } from './byte-examples';
export type { FileSource } from './file-source';
export { decodeIdx, encodeIdx, type IdxArray } from './formats/idx';
export { gunzip } from './gunzip';
export { type IdxDatasetOptions, idxDataset } from './idx-dataset';
export { type MnistOptions, mnist } from './mnist';
export { type SyntheticDigitsOptions, syntheticDigits } from './synthetic-digits';
