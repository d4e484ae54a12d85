import { expected } from '@groundstate/core';
import { type DatasetRecipe, recipeNamed, recipes } from '../recipes';

/** A recipe by its name or an alias, or the one that is given. */
export function knownRecipe(owner: string, dataset: string | DatasetRecipe): DatasetRecipe {
  if (typeof dataset === 'object' && dataset !== null) return dataset;
  const recipe = recipeNamed(dataset);
  if (recipe !== undefined) return recipe;
  const names = Object.keys(recipes).map((name) => `'${name}'`);
  throw expected(owner, 'dataset', `one of ${names.join(', ')}`, dataset);
}
