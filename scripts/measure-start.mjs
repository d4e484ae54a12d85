// How long a cold process takes to be ready, and what an installation weighs: both on the packed tarballs, installed by npm.
// Not part of `npm test`: it needs a registry, and times depend on what else the machine does.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npm } from './packages/npm.mjs';
import { pack } from './packages/pack.mjs';
import { publishable } from './packages/publishable.mjs';

const RUNS = 5;
const root = fileURLToPath(new URL('..', import.meta.url));
const entries = publishable(root);
const temporary = realpathSync(mkdtempSync(join(tmpdir(), 'groundstate-start-')));

/** An empty project in which npm has installed these of our tarballs, and whatever they need. */
function install(name, wanted) {
  const folder = join(temporary, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, private: true, type: 'module' }));
  const tarballs = entries.filter(({ manifest }) => wanted(manifest.name)).map(({ file }) => file);
  npm(['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', ...tarballs], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return folder;
}

function bytesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, item) => {
    const path = join(folder, item.name);
    if (item.isDirectory()) return sum + bytesUnder(path);
    return item.isSymbolicLink() ? sum : sum + statSync(path).size;
  }, 0);
}

function packagesUnder(modules) {
  return readdirSync(modules)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) => (name.startsWith('@') ? readdirSync(join(modules, name)) : [name])).length;
}

/** Told at the end of every process: what it took of the processor, whatever else the machine was busy with. */
const TELL = `data:text/javascript,process.on('exit',()=>{const{user,system}=process.cpuUsage();process._rawDebug('processor',user+system)})`;

/** Whole processes, from their start to their end, in milliseconds: medians by the clock and of the processor. */
function time(folder, parameters) {
  const runs = Array.from({ length: RUNS }, () => {
    const start = performance.now();
    const run = spawnSync(process.execPath, ['--import', TELL, ...parameters], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if (run.status !== 0) throw new Error(`${parameters.join(' ')} failed: ${run.stderr}`);
    return { clock: performance.now() - start, processor: Number(/processor (\d+)/.exec(run.stderr)[1]) / 1000 };
  });
  const median = (key) => runs.map((run) => run[key]).sort((a, b) => a - b)[Math.floor(RUNS / 2)];
  return { clock: median('clock'), processor: median('processor') };
}

const importing = (...names) => ['--input-type=module', '--eval', names.map((name) => `import '${name}';`).join('\n')];

try {
  pack(root, temporary, entries);
  const one = install('one', (name) => ['@groundstate/attacks', '@groundstate/core'].includes(name));
  const app = install('app', () => true);

  const measured = [
    ['node itself', time(one, ['--eval', ''])],
    ["import '@tensorflow/tfjs-core'", time(one, importing('@tensorflow/tfjs-core'))],
    ["import '@groundstate/attacks', tfjs-core included", time(one, importing('@groundstate/attacks')), 300],
    ['groundstate --help', time(app, [join('node_modules', 'groundstate', 'dist', 'cli.js'), '--help']), 500],
  ];
  console.log(
    `cold processes, from start to end, in milliseconds: medians of ${RUNS} by the clock and of the processor (Node ${process.versions.node})`,
  );
  for (const [what, { clock, processor }, target] of measured) {
    const verdict =
      target === undefined
        ? ''
        : `  target ${target}: ${clock <= target ? 'met' : processor <= target ? 'met on a machine with nothing else to do' : 'MISSED'}`;
    console.log(`  ${what.padEnd(52)} ${clock.toFixed(0).padStart(5)} ${processor.toFixed(0).padStart(5)}${verdict}`);
  }
  console.log('installed, in an otherwise empty project:');
  for (const [what, folder] of [
    ['@groundstate/attacks and its peer', one],
    ['groundstate, all of it', app],
  ]) {
    const modules = join(folder, 'node_modules');
    console.log(`  ${what.padEnd(52)} ${(bytesUnder(modules) / 1e6).toFixed(1).padStart(6)} MB in ${packagesUnder(modules)} packages`);
  }
} finally {
  rmSync(temporary, { recursive: true, force: true, maxRetries: 3 });
}
