import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root: string = fileURLToPath(new URL('../..', import.meta.url));

/** The one that all parts of TensorFlow.js agree on: tfjs-layers pins tfjs-core exactly. */
export const TFJS_VERSION = '4.22.0';

export type Conditions = { readonly types: string; readonly default: string };
export type Target = { readonly '@groundstate/source'?: string; readonly import?: Conditions; readonly require?: Conditions };
export type Manifest = {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, Target | string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
};

/** A workspace of the repository. Paths are relative to the root, with forward slashes. */
export type Workspace = {
  readonly folder: string;
  /** The last part of the folder: `core` for packages/core. */
  readonly short: string;
  readonly isApp: boolean;
  readonly manifest: Manifest;
  /** Every file of code under src and tests. */
  readonly files: readonly string[];
  /** Source files by export path: what `@groundstate/source` says. */
  readonly entries: ReadonlyMap<string, string>;
};

export function inRoot(path: string): string {
  return join(root, path);
}

export function read(path: string): string {
  return readFileSync(inRoot(path), 'utf8');
}

/** Every file under a folder, without what tools have put there. */
export function filesUnder(folder: string): string[] {
  if (!existsSync(inRoot(folder))) return [];
  return readdirSync(inRoot(folder)).flatMap((name) => {
    if (['node_modules', 'dist', '.git', '.turbo', 'coverage', 'runs'].includes(name)) return [];
    const path = folder === '.' ? name : `${folder}/${name}`;
    return statSync(inRoot(path)).isDirectory() ? filesUnder(path) : [relative(root, inRoot(path)).split(sep).join('/')];
  });
}

export function isTest(path: string): boolean {
  return /\.test\.ts$/.test(path) || /^(packages|apps)\/[^/]+\/tests\//.test(path) || path.startsWith('tests/');
}

function workspace(folder: string): Workspace {
  const manifest = JSON.parse(read(`${folder}/package.json`)) as Manifest;
  const entries = new Map<string, string>();
  for (const [path, target] of Object.entries(manifest.exports ?? {})) {
    const source = typeof target === 'object' ? target['@groundstate/source'] : undefined;
    if (source !== undefined) entries.set(path, `${folder}/${source.replace(/^\.\//, '')}`);
  }
  const files = [...filesUnder(`${folder}/src`), ...filesUnder(`${folder}/tests`)].filter((path) => /\.[cm]?tsx?$/.test(path));
  return { folder, short: folder.split('/').at(-1)!, isApp: folder.startsWith('apps/'), manifest, files, entries };
}

/** What the workspaces in package.json stand for. */
export const workspaces: readonly Workspace[] = ['packages', 'apps'].flatMap((parent) =>
  readdirSync(inRoot(parent))
    .filter((name) => existsSync(inRoot(`${parent}/${name}/package.json`)))
    .map((name) => workspace(`${parent}/${name}`)),
);

export const packages: readonly Workspace[] = workspaces.filter(({ isApp }) => !isApp);
export const publishable: readonly Workspace[] = workspaces.filter(({ manifest }) => manifest.private !== true);
