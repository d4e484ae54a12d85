import { fileURLToPath } from 'node:url';
import { mergeConfig } from 'vitest/config';
import fast from '../../vitest.config';

/** What needs a real browser: `npm run test:browser`. No part of `npm test`, since npm does not bring a browser. */
export default mergeConfig(
  { ...fast, test: { ...fast.test, include: [], exclude: ['**/node_modules/**'] } },
  { root: fileURLToPath(new URL('../..', import.meta.url)), test: { include: ['tests/browser/**/*.browser.ts'], fileParallelism: false } },
);
