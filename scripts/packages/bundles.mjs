import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { GRADIENT_IN_ESM, reason } from './consumers.mjs';
import { importBeside } from './import-beside.mjs';
import { formatsOf } from './manifests.mjs';

const { build } = await importBeside('tsup', 'esbuild');

/** Bundles everything that is meant for browsers; a Node module anywhere in it is an error. Returns the size in kB. */
export async function bundleForBrowsers(project, entries) {
  const paths = entries
    .filter(({ manifest }) => manifest.bin === undefined)
    .flatMap((entry) =>
      formatsOf(entry)
        .filter(({ path }) => path !== './node')
        .map((path) => ({ ...path, entry })),
    );
  const imports = paths.map(({ specifier }, index) => `import * as module${index} from '${specifier}';`);
  const contents = `${imports.join('\n')}\nglobalThis.everything = [${paths.map((_, index) => `module${index}`).join(', ')}];\n`;
  try {
    const result = await build({
      stdin: { contents, resolveDir: project.esm },
      bundle: true,
      minify: true,
      platform: 'browser',
      format: 'esm',
      write: false,
      logLevel: 'silent',
    });
    return result.outputFiles[0].contents.length / 1000;
  } catch (error) {
    for (const { text, location } of error.errors ?? [{ text: error.message }]) {
      const culprit = paths.find(({ entry }) => location?.file.includes(`node_modules/${entry.manifest.name}/`))?.entry ?? entries[0];
      culprit.problems.push(
        `cannot be bundled for browsers: ${text}${location ? ` (${location.file.split('node_modules/').at(-1)}:${location.line})` : ''}`,
      );
    }
    return undefined;
  }
}

/** A bundler that trusts `sideEffects` must not drop the registration of gradients when only some other name is imported. */
export async function checkBundledGradients(project, core) {
  const outfile = join(project.esm, 'bundled.js');
  try {
    await build({
      stdin: {
        contents: `import { GroundstateError } from '@groundstate/core';\n${GRADIENT_IN_ESM}\nif (!GroundstateError) throw new Error('nothing imported');`,
        resolveDir: project.esm,
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['@tensorflow/*'],
      outfile,
      logLevel: 'silent',
    });
    const run = spawnSync(process.execPath, [outfile], {
      cwd: project.esm,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 60_000,
    });
    if (run.status !== 0) core.problems.push(`gradients after bundling: ${reason(run)}`);
  } catch (error) {
    core.problems.push(`cannot be bundled for Node: ${error.message}`);
  }
}
