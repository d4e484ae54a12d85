import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { npm } from './npm.mjs';

/** Gives every entry its tarball (`file`, and its bytes as `tarball`), `kilobytes` and `unpacked` (folder). */
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
    entry.file = join(folder, file);
    entry.tarball = readFileSync(entry.file);
    entry.kilobytes = entry.tarball.length / 1000;
    entry.unpacked = join(temporary, 'unpacked', entry.manifest.name);
    // A relative name: some builds of tar read a drive letter as the name of a host.
    execFileSync('tar', ['-xzf', file], { cwd: folder });
    mkdirSync(dirname(entry.unpacked), { recursive: true });
    renameSync(join(folder, 'package'), entry.unpacked);
  }
}
