// Does what a reader of each README would: install what it says, and nothing else, then run its examples.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { reason } from './consumers.mjs';
import { importBeside } from './import-beside.mjs';
import { layOutReader } from './reader-project.mjs';
import { asCommonJs, asScript, examplesOf, importsOf } from './readme.mjs';
import { runInWorker } from './worker.mjs';

const { build } = await importBeside('tsup', 'esbuild');
const LIMIT = 120_000;

/** Runs a file; resolves to why it failed, or undefined. */
function run(file, program = process.execPath) {
  return new Promise((resolve) => {
    const child = spawn(program, [file], { cwd: dirname(file), stdio: ['ignore', 'ignore', 'pipe'], timeout: LIMIT });
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', (error) => resolve(error.message));
    child.on('close', (status, signal) => resolve(status === 0 ? undefined : reason({ status, signal, stderr })));
  });
}

async function runInBrowser(folder, code) {
  const modules = join(folder, 'node_modules');
  try {
    const result = await build({
      stdin: { contents: asScript(code), resolveDir: join(folder, 'module') },
      bundle: true,
      platform: 'browser',
      format: 'iife',
      target: 'es2022',
      write: false,
      logLevel: 'silent',
    });
    const wasm = ['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm', 'tfjs-backend-wasm-threaded-simd.wasm'];
    const served = wasm.map((name) => [name, join(modules, '@tensorflow', 'tfjs-backend-wasm', 'dist', name)]);
    await runInWorker(result.outputFiles[0].text, Object.fromEntries(served));
    return undefined;
  } catch (error) {
    return String(error?.errors?.[0]?.text ?? error?.message ?? error);
  }
}

/** Every example as strict TypeScript, against the declarations in the tarballs: a reader's compiler is no milder. */
function checkTypes(examples) {
  const options = {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
    types: [],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
  };
  const program = ts.createProgram({ rootNames: examples.map(({ file }) => file), options });
  for (const { file, start, messageText } of ts.getPreEmitDiagnostics(program)) {
    const example = examples.find((candidate) => candidate.file.replaceAll('\\', '/') === file?.fileName);
    const place = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1;
    const message = ts.flattenDiagnosticMessageText(messageText, ' ');
    (example ?? examples[0]).entry.problems.push(
      `the example in line ${example?.line} of README.md is no TypeScript (its line ${place}): ${message}`,
    );
  }
}

/** Every example of every README as a module, with `require`, and, where it imports nothing of Node, bundled for a browser. */
export async function followReadmes(temporary, project, entries, { program = process.execPath, onlyNode = false } = {}) {
  const tasks = [];
  const typed = [];
  for (const entry of entries.filter(({ manifest }) => manifest.bin === undefined)) {
    const { name } = entry.manifest;
    const examples = examplesOf(readFileSync(join(project.modules, name, 'README.md'), 'utf8'));
    if (examples.length === 0) entry.problems.push('README.md has no example that runs (`<!-- run -->`)');
    for (const { source, code, line, names } of examples) {
      const folder = join(temporary, 'readers', `${name.replace('/', '-')}-${line}`);
      layOutReader(folder, project, names);
      if (!onlyNode) typed.push({ entry, line, file: join(folder, 'module', 'typed.ts') });
      writeFileSync(join(folder, 'module', 'typed.ts'), source);
      const files = { module: join(folder, 'module', 'example.js'), commonjs: join(folder, 'commonjs', 'example.js') };
      writeFileSync(files.module, code);
      writeFileSync(files.commonjs, asCommonJs(code));
      const forBrowsers = !onlyNode && !importsOf(code).some((specifier) => specifier.startsWith('node:') || specifier.endsWith('/node'));
      tasks.push({ entry, line, place: 'an ESM project', start: () => run(files.module, program) });
      tasks.push({ entry, line, place: 'a CommonJS project', start: () => run(files.commonjs, program) });
      if (forBrowsers) tasks.push({ entry, line, place: 'a browser bundle', start: () => runInBrowser(folder, code) });
    }
  }
  if (!onlyNode) checkTypes(typed);
  let passed = 0;
  const work = async () => {
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
      const { entry, line, place, start } = task;
      const problem = await start();
      if (problem !== undefined) entry.problems.push(`the example in line ${line} of README.md fails in ${place}: ${problem}`);
      else passed++;
    }
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, work));
  return passed;
}
