/** Which packages are installed, as Node would find them: by looking, for a package need not let its manifest be imported. */
import { readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import manifest from '../package.json' with { type: 'json' };

export interface Installed {
  readonly name: string;
  readonly version: string;
  /** Free of symbolic links, so that one copy has one folder. */
  readonly folder: string;
}

/** The folder of this package, from src/ as from dist/. */
export const ownFolder: string = fileURLToPath(new URL('..', import.meta.url));

/** `undefined` where code in the folder `from` would find no such package. */
export function installed(name: string, from: string = ownFolder): Installed | undefined {
  const folders = createRequire(join(from, 'package.json')).resolve.paths(name) ?? [];
  for (const parent of folders) {
    try {
      const folder = realpathSync(join(parent, name));
      const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version?: string };
      return { name, version: version ?? 'unknown', folder };
    } catch {
      // Not here: Node looks one folder further up.
    }
  }
  return undefined;
}

/** All packages of ours and of TensorFlow.js that this one stands on, and the backends that were installed beside it. */
export function runtimePackages(): readonly Installed[] {
  const names = [
    ...Object.keys(manifest.dependencies),
    ...Object.keys(manifest.peerDependencies),
    '@tensorflow/tfjs-backend-webgpu',
    'webgpu',
  ];
  const wanted = names.filter((name) => /^(@groundstate|@tensorflow)\/|^webgpu$/.test(name));
  return wanted.sort().flatMap((name) => installed(name) ?? []);
}
