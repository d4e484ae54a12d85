import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Every workspace, with an empty list of problems. */
export function workspaces(root) {
  return ['packages', 'apps']
    .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(root, folder, name)))
    .filter((directory) => existsSync(join(directory, 'package.json')))
    .map((directory) => ({ directory, manifest: JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')), problems: [] }));
}

/** Those that are published. Ends the process where one is not built: its tarball would be empty. */
export function publishable(root) {
  const entries = workspaces(root).filter(({ manifest }) => manifest.private !== true);
  const unbuilt = entries.filter(({ directory }) => !existsSync(join(directory, 'dist'))).map(({ manifest }) => manifest.name);
  if (unbuilt.length > 0) {
    console.error(`nothing is built in ${unbuilt.join(', ')}: run \`npm run build\` first.`);
    process.exit(1);
  }
  return entries;
}
