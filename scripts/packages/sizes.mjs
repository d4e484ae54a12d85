// What a package weighs: its tarball, and its part of a bundle for browsers.
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { importBeside } from './import-beside.mjs';

const { build } = await importBeside('tsup', 'esbuild');

async function bundled(file, options) {
  const result = await build({
    entryPoints: [file],
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'esm',
    write: false,
    logLevel: 'silent',
    ...options,
  });
  const { contents } = result.outputFiles[0];
  return { minified: contents.length / 1000, gzipped: gzipSync(contents, { level: 9 }).length / 1000 };
}

/**
 * Of every import path for browsers, in kB: alone (all that it imports is left out), and with core. TensorFlow.js is never counted.
 * Takes entries that `pack` has filled.
 */
export async function sizesOf({ manifest, unpacked }, core) {
  const paths = Object.entries(manifest.exports).filter(([path, target]) => typeof target === 'object' && path !== './node');
  const fileOf = (folder, target) => join(folder, target.import.default);
  return Promise.all(
    paths.map(async ([path, target]) => {
      const file = fileOf(unpacked, target);
      const alone = await bundled(file, { packages: 'external' });
      const alias = { '@groundstate/core': fileOf(core.unpacked, core.manifest.exports['.']) };
      const { gzipped: withCore } = await bundled(file, { alias, external: ['@tensorflow/*'] });
      return { specifier: manifest.name + path.slice(1), ...alone, withCore };
    }),
  );
}
