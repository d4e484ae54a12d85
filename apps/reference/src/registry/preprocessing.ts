/** What a network does to its inputs first, by name in settings; fitted where it has to be, on the inputs that a training sees. */
import { type Examples, expected } from '@groundstate/core';
import { channelNormalisation, fitChannelStatistics, fitZca, type Preprocessing, rescaling, zcaWhitening } from '@groundstate/models';
import { didYouMean } from '../config/nearest';

type Fit = (inputs: Examples, signal: AbortSignal) => Promise<Preprocessing | undefined>;

/** The inputs are whitened before the model sees them, by the form of VAT's authors: then no budget is one in pixels. */
const inWhitenedSpace = 'whitened-space';
export const isWhitenedSpace = (name: string): boolean => name === inWhitenedSpace;

const entries: ReadonlyMap<string, Fit> = new Map<string, Fit>([
  ['none', async () => undefined],
  ['centred', async () => rescaling({ offset: -0.5 })],
  ['channels', async (inputs, signal) => channelNormalisation(await fitChannelStatistics(inputs, { signal }))],
  ['zca', async (inputs, signal) => zcaWhitening(await fitZca(inputs, { signal }))],
  [inWhitenedSpace, async () => undefined],
]);

/** @throws GroundstateError `invalid-argument` with the nearest name. */
export function preprocessingNamed(name: string): Fit {
  const fit = entries.get(name);
  if (fit) return fit;
  const names = [...entries.keys()];
  throw expected('training.preprocessing', 'name', `one of ${names.join(', ')}`, name, didYouMean(name, names));
}
