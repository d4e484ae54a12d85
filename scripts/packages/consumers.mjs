import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { formatsOf, outsideDependencies } from './manifests.mjs';

/** Links on Windows need rights that junctions do not; elsewhere the type is ignored. */
function link(target, path) {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(realpathSync(target), path, 'junction');
}

function emptyProject(folder, type) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: `empty-${type}`, private: true, type }));
  return folder;
}

/** An ESM and a CommonJS project above one node_modules: our packages out of their tarballs, all others by link. */
export function layOut(root, temporary, entries) {
  const modules = join(temporary, 'project', 'node_modules');
  for (const { unpacked, manifest, directory } of entries) {
    const target = join(modules, manifest.name);
    mkdirSync(dirname(target), { recursive: true });
    renameSync(unpacked, target);
    for (const name of outsideDependencies(manifest)) {
      const own = join(directory, 'node_modules', name);
      const shared = join(root, 'node_modules', name);
      if (existsSync(own)) link(own, join(target, 'node_modules', name));
      else if (existsSync(shared) && !existsSync(join(modules, name))) link(shared, join(modules, name));
    }
  }
  const cpu = '@tensorflow/tfjs-backend-cpu';
  if (!existsSync(join(modules, cpu))) link(join(root, 'node_modules', cpu), join(modules, cpu));
  const folder = join(temporary, 'project');
  return { modules, esm: emptyProject(join(folder, 'esm'), 'module'), cjs: emptyProject(join(folder, 'cjs'), 'commonjs') };
}

/** Runs `source` as a file of the project and returns what it hands to `answer`, or what went wrong. */
function runIn(folder, source, program = process.execPath) {
  const file = join(folder, 'consumer.js');
  const result = join(folder, 'answer.json');
  writeFileSync(file, source.replace('ANSWER_FILE', JSON.stringify(result)));
  const run = spawnSync(program, [file], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 });
  if (run.status !== 0) return { error: reason(run) };
  return { value: JSON.parse(readFileSync(result, 'utf8')) };
}

/** Why a process that did not end well did so, in one line. */
export function reason({ status, signal, stderr, error }) {
  return stderr.trim() !== '' ? firstLine(stderr) : (error?.message ?? (signal ? `ended by ${signal}` : `ended with code ${status}`));
}

function firstLine(text) {
  const lines = text.split('\n').map((line) => line.trim());
  return (
    lines.find((line) => /^(Uncaught )?\w*Error( \[\w+\])?:/.test(line)) ??
    lines.filter((line) => line !== '')[0] ??
    'no message'
  ).slice(0, 300);
}

/** The names that exist at run time, read off the source of an entry. */
function valueExports(file) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  const names = [];
  for (const statement of source.statements) {
    if (ts.isExportDeclaration(statement) && !statement.isTypeOnly && statement.exportClause && ts.isNamedExports(statement.exportClause)) {
      names.push(...statement.exportClause.elements.filter((element) => !element.isTypeOnly).map((element) => element.name.text));
    } else if (ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) {
      if (ts.isVariableStatement(statement)) names.push(...statement.declarationList.declarations.map(({ name }) => name.getText(source)));
      else if (
        (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) || ts.isEnumDeclaration(statement)) &&
        statement.name
      ) {
        names.push(statement.name.text);
      }
    }
  }
  return names;
}

const ESM_IMPORTS = `import { writeFileSync } from 'node:fs';
const found = {};
for (const name of SPECIFIERS) {
  try { found[name] = { names: Object.keys(await import(name)) }; } catch (error) { found[name] = { error: String(error) }; }
}
writeFileSync(ANSWER_FILE, JSON.stringify(found));
process.exit(0);
`;
const CJS_REQUIRES = `const found = {};
for (const name of SPECIFIERS) {
  try { found[name] = { names: Object.keys(require(name)) }; } catch (error) { found[name] = { error: String(error) }; }
}
require('node:fs').writeFileSync(ANSWER_FILE, JSON.stringify(found));
process.exit(0);
`;

/** Every export path of every package, imported and required; one process a format, for loading tfjs costs more than all the rest. */
export function checkExports(project, entries, program) {
  for (const format of ['esm', 'cjs']) {
    const paths = entries.flatMap((entry) =>
      formatsOf(entry)
        .filter((path) => path[format])
        .map((path) => ({ ...path, entry })),
    );
    const template = format === 'esm' ? ESM_IMPORTS : CJS_REQUIRES;
    const { value, error } = runIn(
      project[format],
      template.replace('SPECIFIERS', JSON.stringify(paths.map(({ specifier }) => specifier))),
      program,
    );
    for (const { specifier, source, entry } of paths) {
      const verb = format === 'esm' ? 'import' : 'require';
      const found = value?.[specifier] ?? { error };
      if (found.error) {
        entry.problems.push(`${verb} '${specifier}' failed: ${firstLine(found.error)}`);
        continue;
      }
      const wanted = valueExports(join(entry.directory, source));
      const names = found.names.filter((name) => !['default', '__esModule', 'module.exports'].includes(name));
      const missing = wanted.filter((name) => !names.includes(name));
      const unexpected = names.filter((name) => !wanted.includes(name));
      if (missing.length > 0) entry.problems.push(`${verb} '${specifier}' lacks ${missing.join(', ')}`);
      if (unexpected.length > 0)
        entry.problems.push(`${verb} '${specifier}' has ${unexpected.join(', ')}, which ${source} does not export`);
    }
  }
}

/** Every command of every package answers `--help`. */
export function checkCommands(project, entries, program = process.execPath) {
  for (const { manifest, problems } of entries) {
    for (const [name, path] of Object.entries(manifest.bin ?? {})) {
      const run = spawnSync(program, [join(project.modules, manifest.name, path), '--help'], {
        cwd: project.esm,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: 60_000,
      });
      if (run.status !== 0) problems.push(`\`${name} --help\` failed: ${reason(run)}`);
      else if (!readFileSync(join(project.modules, manifest.name, path), 'utf8').startsWith('#!'))
        problems.push(`the command ${name} has no #! line`);
    }
  }
}

/** d/dx of the sum of x exp(x) + relu(x), at 0.5 and -1. */
const GRADIENT = `await tf.ready();
const derivative = tf.grad((x) => tf.sum(tf.add(tf.mul(x, tf.exp(x)), tf.relu(x))))(tf.tensor1d([0.5, -1]));
const [first, second] = derivative.dataSync();
if (Math.abs(first - (1.5 * Math.exp(0.5) + 1)) > 1e-5 || Math.abs(second) > 1e-5) throw new Error('wrong gradient: ' + first + ', ' + second);
`;
export const GRADIENT_IN_ESM = `import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
${GRADIENT}`;
const ANSWER = (format) => `${format === 'esm' ? `(await import('node:fs'))` : `require('node:fs')`}.writeFileSync(ANSWER_FILE, 'true');\n`;

/** tfjs-core alone registers no gradients in Node: core has to bring them, with nothing installed but itself, tfjs-core and a backend. */
export function checkGradients(root, temporary, core) {
  const folder = join(temporary, 'core-alone');
  const modules = join(folder, 'node_modules');
  cpSync(join(temporary, 'project', 'node_modules', '@groundstate', 'core'), join(modules, '@groundstate', 'core'), { recursive: true });
  for (const name of ['tfjs-core', 'tfjs-backend-cpu'])
    link(join(root, 'node_modules', '@tensorflow', name), join(modules, '@tensorflow', name));
  const esm = emptyProject(join(folder, 'esm'), 'module');
  const cjs = emptyProject(join(folder, 'cjs'), 'commonjs');
  const cases = {
    'gradients in ESM': [esm, `import '@groundstate/core';\n${GRADIENT_IN_ESM}${ANSWER('esm')}`],
    'gradients in CommonJS': [
      cjs,
      `const tf = require('@tensorflow/tfjs-core');\nrequire('@tensorflow/tfjs-backend-cpu');\nrequire('@groundstate/core');\n(async () => {\n${GRADIENT}${ANSWER('cjs')}})();\n`,
    ],
    // Whoever loads first makes tfjs's engine; the modules that core bundles are not a whole tfjs-core and must never be first.
    'core before tfjs-core in CommonJS': [
      cjs,
      `require('@groundstate/core');\nconst tf = require('@tensorflow/tfjs-core');\nrequire('@tensorflow/tfjs-backend-cpu');\n(async () => {\n${GRADIENT}tf.tensor1d([1]).clone();\n${ANSWER('cjs')}})();\n`,
    ],
    'core before tfjs-core in ESM': [esm, `import '@groundstate/core';\n${GRADIENT_IN_ESM}tf.tensor1d([1]).clone();\n${ANSWER('esm')}`],
    'both formats in one process': [
      esm,
      `import { createRequire } from 'node:module';
import { GroundstateError } from '@groundstate/core';
const other = createRequire(import.meta.url)('@groundstate/core');
${GRADIENT_IN_ESM}
if (!GroundstateError.is(new other.GroundstateError('unsupported', 'from the other copy'))) throw new Error('an error of the other copy is not recognised');
${ANSWER('esm')}`,
    ],
  };
  for (const [name, [project, source]] of Object.entries(cases)) {
    const { error } = runIn(project, source);
    if (error !== undefined) core.problems.push(`${name}: ${error}`);
  }
}
