/** The architectures of `@groundstate/models` by name on the command line: `mlp:hidden=256+256`, `convnet:dropout=0.2`. */
import type { Bounds } from '@groundstate/core';
import {
  convLarge,
  convnet,
  convSmall,
  type LayersClassifier,
  madryNet,
  mlp,
  type Preprocessing,
  preActResNet18,
  smallCnn,
} from '@groundstate/models';
import { choice, type Given, number, readSettings, type Settings, sizes, truth } from './setting';
import { entryNamed, parseSpec } from './spec';

/** What the data and the run say about a model. */
export interface ModelPlace {
  readonly inputShape: readonly number[];
  readonly classes: number;
  /** @default [0, 1] */
  readonly bounds?: Bounds;
  /** Of the weights. */
  readonly seed: number;
  /** What reports call it. @default the name in the specification */
  readonly name?: string;
  /** Done to the inputs inside of it. @default nothing */
  readonly preprocessing?: Preprocessing;
}

export interface ModelCard {
  readonly name: string;
  /** The name of its factory in `@groundstate/models`. */
  readonly factory: string;
  readonly about: string;
  /** What its authors gave it to see: height, width, channels. */
  readonly images: readonly number[];
  /** How many weights are trained, with nothing set, for such images and ten classes. */
  readonly parameters: number;
}

export interface ModelEntry {
  readonly card: ModelCard;
  readonly settings: Settings;
  build(given: object, place: ModelPlace): LayersClassifier;
}

const rectified = {
  activation: choice(['relu', 'leakyRelu', 'elu', 'tanh', 'softplus', 'silu', 'gelu'], 'between the layers'),
  leakySlope: number(0.1, 'slope of leakyRelu below zero'),
};
const leaky = { ...rectified, activation: choice(['leakyRelu', 'relu', 'elu', 'tanh', 'softplus', 'silu', 'gelu'], 'between the layers') };
const dropping = number(0, 'share of the hidden units that a training pass drops after every hidden dense layer');
const headBatchNorm = truth(false, 'batch normalisation of the logits as well');
const momentum = (usual: number) => number(usual, 'what a training pass keeps of the moving averages; short trainings want less');
const chosenBatchNorm = {
  batchNorm: truth(false, 'batch normalisation of every hidden layer'),
  headBatchNorm,
  batchNormMomentum: momentum(0.9),
};

const convnetSettings = {
  filters: sizes('16+32', 'filters of the convolutions, each 4x4 with stride 2'),
  hidden: number(100, 'width of the dense layer before the head'),
  ...chosenBatchNorm,
  ...rectified,
  dropout: dropping,
};
const mlpSettings = {
  hidden: sizes('256+256', 'widths of the hidden layers; none is a linear classifier'),
  ...chosenBatchNorm,
  ...rectified,
  dropout: dropping,
};
const vatSettings = {
  ...leaky,
  dropout: number(0.5, 'share of the values that a training pass drops behind either pooling'),
  batchNormMomentum: momentum(0.99),
  headBatchNorm,
};
const convSmallSettings = {
  widths: sizes('96+192+192', 'filters of each three of the nine convolutions; VAT has 64+128+128 for SVHN'),
  ...vatSettings,
};
const convLargeSettings = {
  widths: sizes('128+256+512+256+128', 'filters of the first three convolutions, the next three, and each of the last three'),
  ...vatSettings,
};
const smallCnnSettings = {
  widths: sizes('32+64', 'filters of the first two convolutions and of the last two'),
  hidden: number(200, 'width of either hidden dense layer'),
  ...rectified,
  dropout: number(0.5, 'share of the units that a training pass drops behind the first hidden dense layer'),
};
const madryNetSettings = {
  widths: sizes('32+64', 'filters of the two convolutions'),
  hidden: number(1024, 'width of the dense layer before the head'),
  ...rectified,
  dropout: dropping,
};
const preActResNet18Settings = {
  widths: sizes('64+128+256+512', 'filters of the four groups of blocks'),
  ...rectified,
  batchNormMomentum: momentum(0.9),
};

const digits = [28, 28, 1];
const colours = [32, 32, 3];

export const modelEntries: readonly ModelEntry[] = [
  {
    card: {
      name: 'convnet',
      factory: 'convnet',
      about: 'small strided convolutional network for images',
      images: digits,
      parameters: 166_406,
    },
    settings: convnetSettings,
    build: (given: Given<typeof convnetSettings>, place) => convnet({ ...given, ...place }),
  },
  {
    card: { name: 'mlp', factory: 'mlp', about: 'dense layers with one activation', images: digits, parameters: 269_322 },
    settings: mlpSettings,
    build: (given: Given<typeof mlpSettings>, place) => mlp({ ...given, ...place }),
  },
  {
    card: { name: 'small-cnn', factory: 'smallCnn', about: 'SmallCNN, the MNIST network of TRADES', images: digits, parameters: 312_202 },
    settings: smallCnnSettings,
    build: (given: Given<typeof smallCnnSettings>, place) => smallCnn({ ...given, ...place }),
  },
  {
    card: {
      name: 'madry-net',
      factory: 'madryNet',
      about: "the MNIST network of Madry's challenge",
      images: digits,
      parameters: 3_274_634,
    },
    settings: madryNetSettings,
    build: (given: Given<typeof madryNetSettings>, place) => madryNet({ ...given, ...place }),
  },
  {
    card: { name: 'conv-small', factory: 'convSmall', about: 'Conv-Small of VAT', images: colours, parameters: 1_408_234 },
    settings: convSmallSettings,
    build: (given: Given<typeof convSmallSettings>, place) => convSmall({ ...given, ...place }),
  },
  {
    card: { name: 'conv-large', factory: 'convLarge', about: 'Conv-Large of VAT', images: colours, parameters: 3_121_802 },
    settings: convLargeSettings,
    build: (given: Given<typeof convLargeSettings>, place) => convLarge({ ...given, ...place }),
  },
  {
    card: {
      name: 'preact-resnet-18',
      factory: 'preActResNet18',
      about: 'PreActResNet-18 of the robustness literature',
      images: colours,
      parameters: 11_172_170,
    },
    settings: preActResNet18Settings,
    build: (given: Given<typeof preActResNet18Settings>, place) => preActResNet18({ ...given, ...place }),
  },
];

const byName = new Map(modelEntries.map((entry) => [entry.card.name, entry]));

/** @throws GroundstateError `invalid-argument` with the nearest name or the options there are. Whoever asks disposes of it. */
export function modelNamed(text: string, place: ModelPlace): LayersClassifier {
  const { name, entry, given } = read(text);
  return entry.build(given, { name, ...place });
}

/** What can be known to be wrong before there is a backend. */
export function checkModelNamed(text: string): void {
  read(text);
}

function read(text: string): { readonly name: string; readonly entry: ModelEntry; readonly given: object } {
  const spec = parseSpec('--model', text, 'mlp:hidden=256+256');
  const entry = entryNamed('--model', spec.name, byName);
  return { name: spec.name, entry, given: readSettings(entry.settings, spec) };
}

/** How many weights are trained. */
export function countParameters({ weights }: LayersClassifier): number {
  return Object.values(weights).reduce((total, { size }) => total + size, 0);
}
