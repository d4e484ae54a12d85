// What is tried under every version of Node. Each check gives a list of what is wrong.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkCommands, checkExports, reason } from '../packages/consumers.mjs';
import { followReadmes } from '../packages/follow-readmes.mjs';

/**
 * Tests of what differs between versions of Node: files, streams, checksums, JSON, typed arrays, timers, the loading of modules,
 * the SIMD that WebAssembly has, and threads over shared memory.
 */
const TESTS = [
  'packages/core/src',
  'packages/attacks/src',
  'packages/datasets/src',
  'packages/models/src',
  'packages/training/src/checkpoint',
  'packages/wasm/src/enable-training-kernels.test.ts',
  'packages/wasm/src/module',
  'packages/wasm/src/kernels/products.property.test.ts',
  'packages/wasm/src/row-independence.test.ts',
];

const problemsOf = (entries) => entries.flatMap(({ manifest, problems }) => problems.map((problem) => `${manifest.name}: ${problem}`));
const fresh = (entries) => entries.map((entry) => ({ ...entry, problems: [] }));

/** Where a program fails, the lines that say so: vitest says it on stderr, among warnings. */
function runToEnd(program, parameters, cwd, limit) {
  const env = { ...process.env, NO_COLOR: '1' };
  const run = spawnSync(program, parameters, {
    cwd,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: limit,
    maxBuffer: 2 ** 28,
  });
  if (run.status === 0) return [];
  const telling = run.stderr.split('\n').filter((line) => /^\s*FAIL |\w*Error\b.*:/.test(line));
  return telling.length > 0 ? telling.map((line) => line.trim()) : [reason(run)];
}

/** By name, in the order in which they run. `place` is a folder of this version's own. */
export const checks = {
  'import and require, out of tarballs': ({ project, entries, program }) => {
    const tried = fresh(entries);
    checkExports(project, tried, program);
    return problemsOf(tried);
  },
  'examples of READMEs, ESM and CommonJS': async ({ project, entries, program, place }) => {
    const tried = fresh(entries);
    await followReadmes(place, project, tried, { program, onlyNode: true });
    return problemsOf(tried);
  },
  'groundstate --help': ({ project, entries, program }) => {
    const tried = fresh(entries);
    checkCommands(project, tried, program);
    return problemsOf(tried);
  },
  'groundstate run mnist --preset smoke': ({ project, program, place }) => {
    const folder = join(place, 'run');
    mkdirSync(folder, { recursive: true });
    const command = join(project.modules, 'groundstate', 'dist', 'cli.js');
    return runToEnd(program, [command, 'run', 'mnist', '--preset', 'smoke'], folder, 300_000);
  },
  'unit tests of files, formats, attacks, wasm': ({ root, program }) =>
    runToEnd(program, [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--reporter=dot', ...TESTS], root, 900_000),
};
