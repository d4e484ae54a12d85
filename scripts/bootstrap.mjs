// Makes a fresh checkout ready to run: installs what the lock file names and builds every package, each only when needed.
// Runs before `npm start` and `npm test`, so it may use nothing but Node itself.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = 20;
const root = fileURLToPath(new URL('..', import.meta.url));
const modules = join(root, 'node_modules');
const stampFile = join(modules, '.groundstate-lock');

function say(line) {
  console.log(`bootstrap: ${line}`);
}

function fail(line, advice) {
  console.error(`bootstrap: ${line}`);
  console.error(`bootstrap: ${advice}`);
  process.exit(1);
}

function seconds(start) {
  return `${((Date.now() - start) / 1000).toFixed(1)} s`;
}

/** npm itself when it started us; else whichever npm is on the path (a batch file on Windows, which only a shell can start). */
function runNpm(parameters) {
  const options = { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] };
  const started = process.env.npm_execpath;
  if (started !== undefined && /^npm(-cli)?\.[cm]?js$/.test(basename(started)))
    return spawnSync(process.execPath, [started, ...parameters], options);
  if (process.platform === 'win32') return spawnSync(`npm.cmd ${parameters.join(' ')}`, { ...options, shell: true });
  return spawnSync('npm', parameters, options);
}

/** The state that an install has to match. Platform and processor are part of it: some packages hold binaries. */
function currentStamp() {
  const lock = readFileSync(join(root, 'package-lock.json'));
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform}-${process.arch}`;
}

/** What npm itself noted down of its last install: `npm install` by hand leaves no stamp of ours, and must not be undone. */
function matchesLastInstall() {
  const noted = join(modules, '.package-lock.json');
  if (!existsSync(noted)) return false;
  const installed = JSON.parse(readFileSync(noted, 'utf8')).packages ?? {};
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages ?? {};
  return Object.entries(wanted)
    .filter(([path, entry]) => path.includes('node_modules/') && !entry.optional && !entry.devOptional && !entry.peer && !entry.extraneous)
    .every(([path, entry]) => installed[path]?.version === entry.version && existsSync(join(root, path)));
}

function install() {
  const stamp = currentStamp();
  const stamped = existsSync(stampFile) ? readFileSync(stampFile, 'utf8') : undefined;
  if (stamped === stamp) return;
  // A stamp of another platform means copied modules, whose binaries cannot run here whatever their versions.
  const elsewhere = stamped !== undefined && !stamped.endsWith(stamp.slice(stamp.indexOf(' ')));
  if (elsewhere || !matchesLastInstall()) {
    say(
      existsSync(modules)
        ? 'package-lock.json has changed since the last install: npm ci'
        : 'nothing is installed yet: npm ci (about a minute)',
    );
    const start = Date.now();
    // Development tools build and test the packages; NODE_ENV=production would leave them out.
    const result = runNpm(['ci', '--include=dev', '--no-audit', '--no-fund']);
    if (result.error) fail(`npm could not be started (${result.error.message}).`, 'Install npm 10 or newer, then run the command again.');
    if (result.status !== 0) {
      fail(
        `npm ci ended with ${result.status === null ? `the signal ${result.signal}` : `code ${result.status}`}; its own words are above.`,
        'Without a network, run it once where there is one. If npm says that package.json and the lock are out of step, run `npm install` and commit package-lock.json; if it goes on about missing platform packages, see CONTRIBUTING.md.',
      );
    }
    say(`installed in ${seconds(start)}`);
  }
  writeFileSync(stampFile, stamp);
}

/** turbo decides by the hash of the sources what has to be built: with nothing changed it costs about 0.1 s. */
function build() {
  const start = Date.now();
  const turbo = join(modules, 'turbo', 'bin', 'turbo');
  if (!existsSync(turbo)) fail('turbo is not installed, though the lock file names it.', 'Remove node_modules and run the command again.');
  // What is sent home, what colours the log and what checks for updates has no place in a build that may run offline.
  const environment = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', TURBO_NO_UPDATE_NOTIFIER: '1' };
  const result = spawnSync(process.execPath, [turbo, 'run', 'build', '--output-logs=errors-only', '--ui=stream', '--log-order=grouped'], {
    cwd: root,
    env: environment,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.status !== 0) {
    process.stdout.write(result.stdout ?? '');
    process.stderr.write(result.stderr ?? '');
    fail(
      `the build failed after ${seconds(start)}${result.error ? ` (${result.error.message})` : ''}; what it said is above.`,
      'Mend the error that is named first, then run `npm run build`.',
    );
  }
  const cached = /Cached:\s+(\d+) cached, (\d+) total/.exec(result.stdout ?? '');
  const news =
    cached === null
      ? 'built'
      : cached[1] === cached[2]
        ? `all ${cached[2]} packages are up to date`
        : `built ${cached[2] - cached[1]} of ${cached[2]} packages`;
  say(`${news} (${seconds(start)})`);
}

if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  fail(
    `Groundstate needs Node ${OLDEST_NODE} or newer; this is Node ${process.versions.node}.`,
    'Install a current release of Node, then run the command again.',
  );
}
install();
build();
