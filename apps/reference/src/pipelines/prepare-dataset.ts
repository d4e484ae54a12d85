/** The data of a run in the space that its budgets live in: pixels, unless a published budget is a length in whitened space. */
import type { Dataset } from '@groundstate/core';
import { fitZca, whitenedSpace } from '@groundstate/models';
import { isWhitenedSpace } from '../registry/preprocessing';
import type { RunConfig } from './run-config';

/** By the data set in pixels: the fit takes minutes, and is the same for all seeds. */
const whitened = new WeakMap<Dataset, Promise<Dataset>>();

export async function prepareDataset(dataset: Dataset, { training }: Pick<RunConfig, 'training'>, signal: AbortSignal): Promise<Dataset> {
  if (!isWhitenedSpace(training.preprocessing)) return dataset;
  const earlier = whitened.get(dataset);
  if (earlier) return earlier;
  const made = dataset.load('train').then(async (train) => whitenedSpace(dataset, await fitZca(train, { form: 'authors', signal })));
  whitened.set(dataset, made);
  // One that was interrupted is no answer to whoever asks again.
  made.catch(() => whitened.delete(dataset));
  return made;
}
