// What a user gets: every publishable package is packed, linted, and used in plain Node out of its tarball, without a network.
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleForBrowsers, checkBundledGradients } from './packages/bundles.mjs';
import { checkCommands, checkExports, checkGradients, layOut } from './packages/consumers.mjs';
import { lintPackage, lintTypes } from './packages/linters.mjs';
import { pack } from './packages/pack.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const everything = ['packages', 'apps']
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(root, folder, name)))
  .filter((directory) => existsSync(join(directory, 'package.json')))
  .map((directory) => ({ directory, manifest: JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')), problems: [] }));
const publishable = everything.filter(({ manifest }) => manifest.private !== true);
const unpublished = everything.filter(({ manifest }) => manifest.private === true).map(({ manifest }) => manifest.name);

const unbuilt = publishable.filter(({ directory }) => !existsSync(join(directory, 'dist')));
if (unbuilt.length > 0) {
  console.error(
    `check-packages: nothing is built in ${unbuilt.map(({ manifest }) => manifest.name).join(', ')}: run \`npm run build\` first.`,
  );
  process.exit(1);
}

// The real path: some systems keep their temporary folder behind a link, and Node compares real paths.
const temporary = realpathSync(mkdtempSync(join(tmpdir(), 'groundstate-packages-')));
try {
  pack(root, temporary, publishable);
  for (const entry of publishable) {
    for (const name of Object.keys(entry.manifest.dependencies ?? {})) {
      if (unpublished.includes(name)) entry.problems.push(`depends on ${name}, which is private`);
    }
    await lintPackage(entry);
    await lintTypes(entry);
  }
  const project = layOut(root, temporary, publishable);
  checkExports(project, publishable);
  checkCommands(project, publishable);
  const core = publishable.find(({ manifest }) => manifest.name === '@groundstate/core');
  if (core !== undefined) {
    checkGradients(root, temporary, core);
    await checkBundledGradients(project, core);
  }
  const bundle = await bundleForBrowsers(project, publishable);

  for (const { manifest, kilobytes, problems } of publishable) {
    console.log(
      `${problems.length === 0 ? 'passed' : 'FAILED'}  ${manifest.name.padEnd(24)} ${kilobytes.toFixed(1).padStart(7)} kB packed`,
    );
    for (const problem of problems) console.log(`        ${problem}`);
  }
  if (bundle !== undefined) console.log(`all packages and tfjs-core in one bundle for browsers: ${bundle.toFixed(0)} kB minified`);
} finally {
  rmSync(temporary, { recursive: true, force: true, maxRetries: 3 });
}

const failed = publishable.filter(({ problems }) => problems.length > 0);
console.log(
  failed.length === 0
    ? `${publishable.length} packages can be published`
    : `${failed.length} of ${publishable.length} packages cannot be published as they are`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
