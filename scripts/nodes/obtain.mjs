import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from '../packages/npm.mjs';

/** Node itself is on npm, a package for every platform; under these names, and with the program inside, not fetched by a script. */
const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;

/** The newest release of a major version, `20` for example, kept in the cache of the workspace: where its program lies, and its version. */
export function obtainNode(root, major) {
  const folder = join(root, 'node_modules', '.cache', 'groundstate-nodes', major);
  const program = join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: `node-${major}`, private: true }));
    npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', `--prefix=${folder}`, `${name}@${major}`], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  const version = execFileSync(program, ['--version'], { encoding: 'utf8' }).trim().slice(1);
  if (!version.startsWith(`${major}.`)) throw new Error(`expected ${name}@${major} to be Node ${major}, got ${version}.`);
  return { program, version };
}
