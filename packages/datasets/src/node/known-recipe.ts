import { expected } from '@groundstate/core';
import { type DatasetRecipe, recipes } from '../recipes';

/** A recipe by its name, or the one that is given. */
export function knownRecipe(owner: string, dataset: string | DatasetRecipe): DatasetRecipe {
  if (typeof dataset === 'object' && dataset !== null) return dataset;
  const recipe = Object.hasOwn(recipes, dataset) ? recipes[dataset] : undefined;
  if (recipe !== undefined) return recipe;
  const names = Object.keys(recipes).map((name) => `'${name}'`);
  throw expected(owner, 'dataset', `one of ${names.join(', ')}`, dataset);
}
