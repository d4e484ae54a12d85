/**
 * Whether there is one tfjs-core. With two in a process, the backend is started in one and the model computes in the other: "no
 * backend found", or tensors that "are not registered". npm nests a second copy as soon as two versions are asked for.
 */
import { relative } from 'node:path';
import { type Installed, installed, ownFolder, runtimePackages } from '../installed';
import type { Check } from './diagnosis';

const core = '@tensorflow/tfjs-core';

export interface PackageLookup {
  /** What this app stands on. */
  readonly packages: readonly Installed[];
  /** The tfjs-core that code in a folder would get. */
  readonly coreFrom: (folder: string) => Installed | undefined;
  /** Where the user stands: scripts there, beside a model of theirs perhaps, find their own. */
  readonly here: string;
}

export function checkPackages(lookup?: Partial<PackageLookup>): Check {
  const { packages = runtimePackages(), coreFrom = (folder: string) => installed(core, folder), here = process.cwd() } = lookup ?? {};
  const users = new Map<string, { readonly copy: Installed; readonly names: string[] }>();
  for (const { name, folder } of [{ name: 'groundstate', folder: ownFolder }, ...packages]) {
    // The kernels of wasm and the like need not know it.
    const copy = coreFrom(folder);
    if (!copy) continue;
    const entry = users.get(copy.folder) ?? { copy, names: [] };
    entry.names.push(name);
    users.set(copy.folder, entry);
  }
  const copies = [...users.values()];
  const advice = 'Ask for one version in all package.json files, then: npm dedupe';
  if (copies.length === 0) return { check: 'packages', state: 'wrong', found: `${core} is not installed`, advice: 'npm install' };
  if (copies.length > 1) {
    const list = copies.map(({ copy, names }) => `${copy.version} in ${relative(here, copy.folder) || '.'} (for ${shorten(names)})`);
    return { check: 'packages', state: 'wrong', found: `${copies.length} copies of ${core}: ${list.join('; ')}`, advice };
  }
  const versions = new Set(packages.filter(({ name }) => name.startsWith('@tensorflow/')).map(({ version }) => version));
  if (versions.size > 1) {
    const list = packages.filter(({ name }) => name.startsWith('@tensorflow/')).map(({ name, version }) => `${name} ${version}`);
    return { check: 'packages', state: 'wrong', found: `packages of TensorFlow.js of several versions: ${list.join(', ')}`, advice };
  }
  const { copy } = copies[0]!;
  const theirs = coreFrom(here);
  if (theirs && theirs.folder !== copy.folder) {
    const found = `TensorFlow.js ${copy.version}; scripts in this folder find another copy, ${theirs.version}`;
    return {
      check: 'packages',
      state: 'note',
      found,
      advice: 'Commands work. For scripts that import groundstate, install it in their folder.',
    };
  }
  return { check: 'packages', state: 'fine', found: `TensorFlow.js ${copy.version}, one copy` };
}

const shorten = (names: readonly string[]): string =>
  names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
