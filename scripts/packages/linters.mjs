import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { importBeside } from './import-beside.mjs';

const typeChecks = await importBeside('@arethetypeswrong/cli', '@arethetypeswrong/core');

export async function lintPackage({ manifest, tarball, problems }) {
  const bytes = tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.byteLength);
  const { messages } = await publint({ pack: { tarball: bytes }, strict: true, level: 'warning' });
  for (const message of messages) problems.push(`publint: ${formatMessage(message, manifest, { color: false })}`);
}

/** `engines` rules out resolution as Node 10 did it, and a package without `require` is never loaded by CommonJS. */
function ignoredResolutions(manifest) {
  const isDual = Object.values(manifest.exports).some((target) => typeof target === 'object' && 'require' in target);
  return isDual ? ['node10'] : ['node10', 'node16-cjs'];
}

export async function lintTypes({ manifest, tarball, problems }) {
  // Files to be fetched have no types; publint has looked whether they are there.
  const excludeEntrypoints = Object.keys(manifest.exports).filter((path) => path.endsWith('.wasm'));
  const analysis = await typeChecks.checkPackage(typeChecks.createPackageFromTarballData(new Uint8Array(tarball)), { excludeEntrypoints });
  if (!analysis.types) {
    problems.push('attw: the package has no types');
    return;
  }
  const ignored = ignoredResolutions(manifest);
  for (const problem of analysis.problems) {
    if (ignored.includes(problem.resolutionKind)) continue;
    const place = problem.entrypoint ?? problem.typesFileName ?? problem.fileName ?? '';
    problems.push(`attw: ${problem.kind} ${place}${problem.resolutionKind ? ` (${problem.resolutionKind})` : ''}`);
  }
}
