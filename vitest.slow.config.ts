import { configDefaults, defineConfig, mergeConfig } from 'vitest/config';
import fast from './vitest.config';

const HALF_AN_HOUR = 30 * 60 * 1000;

/** The tests that train networks or run whole pipelines: `npm run test:slow`. Same resolution as the fast ones. */
export default mergeConfig(
  { ...fast, test: { ...fast.test, include: [], exclude: [] } },
  defineConfig({
    test: {
      include: ['packages/**/*.slow.test.ts', 'apps/**/*.slow.test.ts', 'tests/**/*.slow.test.ts'],
      exclude: [...configDefaults.exclude],
      testTimeout: HALF_AN_HOUR,
      hookTimeout: HALF_AN_HOUR,
      // Two trainings beside each other on the same cores only make both miss their time limits.
      fileParallelism: false,
    },
  }),
);
