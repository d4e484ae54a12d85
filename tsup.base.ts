import { defineConfig, type Options } from 'tsup';

/**
 * The one place that knows the bundler. Every package calls this with its entries;
 * a successor of tsup means a change to this file alone.
 */
export function bundle(options: Options = {}): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry: { index: 'src/index.ts' },
    format: ['esm', 'cjs'],
    target: 'es2022',
    platform: 'neutral',
    sourcemap: true,
    clean: true,
    splitting: true,
    treeshake: false,
    // TypeScript 6 reports tsup's own baseUrl as deprecated (TS5101).
    dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
    ...options,
  });
}
