import { defineConfig } from 'vitest/config';

/** Tests run on the sources: the export condition `@groundstate/source` points there, dist is for the packed tarballs. */
export default defineConfig({
  resolve: { conditions: ['@groundstate/source'] },
  ssr: { resolve: { conditions: ['@groundstate/source'], externalConditions: [] } },
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/*/tests/**/*.test.ts',
      'packages/*/bench/**/*.test.ts',
      'apps/*/src/**/*.test.ts',
      'apps/*/tests/**/*.test.ts',
      'tests/**/*.test.ts',
    ],
    exclude: ['**/*.slow.test.ts', '**/node_modules/**'],
    setupFiles: ['tests/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One core is left idle otherwise: half of a small machine.
    maxWorkers: '100%',
    server: {
      deps: {
        // tfjs-core's gradient registration cannot be imported by Node (extensionless imports); it goes through Vite instead.
        inline: [/@tensorflow\/tfjs-core\/dist\/(?!tf-core\.node)/],
      },
    },
  },
});
