// What a user gets: every publishable package is packed, linted, and used in plain Node out of its tarball, without a network.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleForBrowsers, checkBundledGradients } from './packages/bundles.mjs';
import { checkCommands, checkExports, checkGradients, layOut } from './packages/consumers.mjs';
import { followReadmes } from './packages/follow-readmes.mjs';
import { lintPackage, lintTypes } from './packages/linters.mjs';
import { pack } from './packages/pack.mjs';
import { publishable, workspaces } from './packages/publishable.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const entries = publishable(root);
const unpublished = workspaces(root)
  .map(({ manifest }) => manifest)
  .filter((manifest) => manifest.private === true)
  .map(({ name }) => name);

// The real path: some systems keep their temporary folder behind a link, and Node compares real paths.
const temporary = realpathSync(mkdtempSync(join(tmpdir(), 'groundstate-packages-')));
try {
  pack(root, temporary, entries);
  for (const entry of entries) {
    for (const name of Object.keys(entry.manifest.dependencies ?? {})) {
      if (unpublished.includes(name)) entry.problems.push(`depends on ${name}, which is private`);
    }
    await lintPackage(entry);
    await lintTypes(entry);
  }
  const project = layOut(root, temporary, entries);
  checkExports(project, entries);
  checkCommands(project, entries);
  const core = entries.find(({ manifest }) => manifest.name === '@groundstate/core');
  if (core !== undefined) {
    checkGradients(root, temporary, core);
    await checkBundledGradients(project, core);
  }
  const bundle = await bundleForBrowsers(project, entries);
  const examples = await followReadmes(temporary, project, entries);

  for (const { manifest, kilobytes, problems } of entries) {
    console.log(
      `${problems.length === 0 ? 'passed' : 'FAILED'}  ${manifest.name.padEnd(24)} ${kilobytes.toFixed(1).padStart(7)} kB packed`,
    );
    for (const problem of problems) console.log(`        ${problem}`);
  }
  console.log(`examples of READMEs, each with no more installed than its README says: ${examples} runs passed`);
  if (bundle !== undefined) console.log(`all packages and tfjs-core in one bundle for browsers: ${bundle.toFixed(0)} kB minified`);
} finally {
  rmSync(temporary, { recursive: true, force: true, maxRetries: 3 });
}

const failed = entries.filter(({ problems }) => problems.length > 0);
console.log(
  failed.length === 0
    ? `${entries.length} packages can be published`
    : `${failed.length} of ${entries.length} packages cannot be published as they are`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
