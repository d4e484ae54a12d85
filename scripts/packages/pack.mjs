import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Windows starts `npm.cmd` through a shell only; npm tells its scripts where its own program lies. */
function npm(parameters, options) {
  const program = process.env.npm_execpath;
  if (program?.endsWith('.js')) return execFileSync(process.execPath, [program, ...parameters], options);
  if (process.platform === 'win32') return execFileSync(`npm.cmd ${parameters.join(' ')}`, { ...options, shell: true });
  return execFileSync('npm', parameters, options);
}

/** Gives every entry its `tarball` (bytes), `kilobytes` and `unpacked` (folder). */
export function pack(root, temporary, entries) {
  const folder = join(temporary, 'tarballs');
  mkdirSync(folder);
  const workspaces = entries.map(({ manifest }) => `--workspace=${manifest.name}`);
  npm(['pack', '--ignore-scripts', '--loglevel=error', `--pack-destination=${folder}`, ...workspaces], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  for (const entry of entries) {
    const file = `${entry.manifest.name.replace('@', '').replace('/', '-')}-${entry.manifest.version}.tgz`;
    entry.tarball = readFileSync(join(folder, file));
    entry.kilobytes = entry.tarball.length / 1000;
    entry.unpacked = join(temporary, 'unpacked', entry.manifest.name);
    // A relative name: some builds of tar read a drive letter as the name of a host.
    execFileSync('tar', ['-xzf', file], { cwd: folder });
    mkdirSync(dirname(entry.unpacked), { recursive: true });
    renameSync(join(folder, 'package'), entry.unpacked);
  }
}
