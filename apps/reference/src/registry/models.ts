/** The architectures of `@groundstate/models` by name on the command line: `mlp:hidden=256+256`, `convnet:dropout=0.2`. */
import type { Bounds } from '@groundstate/core';
import { convnet, type LayersClassifier, mlp, type Preprocessing } from '@groundstate/models';
import { choice, type Given, number, readSettings, type Settings, sizes } from './setting';
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
}

export interface ModelEntry {
  readonly card: ModelCard;
  readonly settings: Settings;
  build(given: object, place: ModelPlace): LayersClassifier;
}

const shared = {
  activation: choice(['relu', 'softplus', 'tanh', 'elu'], 'between the layers'),
  dropout: number(0, 'share of the hidden units that a training pass drops after every hidden dense layer'),
};
const convnetSettings = {
  filters: sizes('16+32', 'filters of the convolutions, each 4x4 with stride 2'),
  hidden: number(100, 'width of the dense layer before the head'),
  ...shared,
};
const mlpSettings = { hidden: sizes('256+256', 'widths of the hidden layers; none is a linear classifier'), ...shared };

export const modelEntries: readonly ModelEntry[] = [
  {
    card: { name: 'convnet', factory: 'convnet', about: 'small strided convolutional network for images' },
    settings: convnetSettings,
    build: (given: Given<typeof convnetSettings>, place) => convnet({ ...given, ...place }),
  },
  {
    card: { name: 'mlp', factory: 'mlp', about: 'dense layers with one activation' },
    settings: mlpSettings,
    build: (given: Given<typeof mlpSettings>, place) => mlp({ ...given, ...place }),
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
