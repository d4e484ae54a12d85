export { type ByteExamplesOptions, byteExamples } from './byte-examples';
export { type Cifar10Options, cifar10, cifar10ClassNames } from './cifar-10';
export { type CifarDatasetOptions, type CifarFiles, cifarDataset } from './cifar-dataset';
export type { Verify } from './editions';
export { type ExamplesFromTfDatasetOptions, examplesFromTfDataset, type TfDataset } from './examples-from-tf-dataset';
export { type FashionMnistOptions, fashionMnist } from './fashion-mnist';
export type { FileSource, OpenFile } from './file-source';
export { type CifarRecords, type DecodeCifarOptions, decodeCifar, encodeCifar } from './formats/cifar-binary';
export { decodeIdx, encodeIdx, type IdxArray } from './formats/idx';
export { type DecodedMat5Array, type DecodeMat5Options, decodeMat5 } from './formats/mat5/decode-mat5';
export { type EncodeMat5Options, encodeMat5 } from './formats/mat5/encode-mat5';
export type { Mat5Array, Mat5Class, Mat5Values } from './formats/mat5/mat5-types';
export { gunzip } from './gunzip';
export { type IdxDatasetOptions, idxDataset } from './idx-dataset';
export { type MnistOptions, mnist } from './mnist';
export { type DatasetRecipe, type Edition, type RecipeFile, recipeNamed, recipes } from './recipes';
export { type LabelSubset, type LabelSubsetOptions, labelProtocols, labelSubset } from './splits/label-subset';
export { type ValidationSplit, type ValidationSplitOptions, validationSplit } from './splits/validation-split';
export { noLabel, withoutLabels } from './splits/without-labels';
export { type SvhnOptions, svhn } from './svhn';
export { type SvhnDatasetOptions, svhnDataset } from './svhn-dataset';
export { type SyntheticDigitsOptions, syntheticDigits } from './synthetic-digits';
export {
  type SyntheticShapesOptions,
  syntheticShapes,
  syntheticShapesClassNames,
} from './synthetic-shapes';
export { type SyntheticStreetDigitsOptions, syntheticStreetDigits } from './synthetic-street-digits';
