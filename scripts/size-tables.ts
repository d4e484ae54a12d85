/** The table of sizes in every package's README, measured on what would be published. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from './packages/pack.mjs';
import { type Manifest, type Packed, sizesOf } from './packages/sizes.mjs';

export type SizeTable = { readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] };

/** Whole once `pack` has seen it. */
type Entry = Packed & { readonly folder: string };

/** Below this share a size is the one that stands: compressors differ, and not every comment is worth a new README. */
const TOLERANCE = 0.05;

const kilobytes = (size: number): string => `${size.toFixed(1)} kB`;
const columns = ['Import', 'Minified', 'Gzipped', 'Gzipped with core', 'Tarball', 'Run-time dependencies'];

/** By the path of the README. */
export async function sizeTables(root: string): Promise<ReadonlyMap<string, SizeTable>> {
  const entries = readdirSync(join(root, 'packages'))
    .map((name) => ({ folder: `packages/${name}`, file: join(root, 'packages', name, 'package.json') }))
    .filter(({ file }) => existsSync(file))
    .map(({ folder, file }) => ({ folder, manifest: JSON.parse(readFileSync(file, 'utf8')) as Manifest }) as Entry)
    .filter(({ manifest }) => manifest.private !== true);
  const temporary = mkdtempSync(join(tmpdir(), 'groundstate-sizes-'));
  try {
    pack(root, temporary, entries);
    const core = entries.find(({ manifest }) => manifest.name === '@groundstate/core')!;
    const tables = new Map<string, SizeTable>();
    for (const entry of entries) {
      const names = Object.keys(entry.manifest.dependencies ?? {});
      const dependencies = names.length === 0 ? '0' : `${names.length}: ${names.map((name) => `\`${name}\``).join(', ')}`;
      const sizes = await sizesOf(entry, core);
      const rows = sizes.map(({ specifier, minified, gzipped, withCore }, index) => [
        `\`${specifier}\``,
        kilobytes(minified),
        kilobytes(gzipped),
        names.includes('@groundstate/core') ? kilobytes(withCore) : '',
        index === 0 ? kilobytes(entry.kilobytes) : 'the same',
        index === 0 ? dependencies : 'the same',
      ]);
      tables.set(`${entry.folder}/README.md`, { columns, rows });
    }
    return tables;
  } finally {
    rmSync(temporary, { recursive: true, force: true, maxRetries: 3 });
  }
}

const SIZE = /(\d+(?:\.\d+)?) kB/g;

/** Whether two tables say the same, but for sizes that are nearly alike. */
export function nearlySame(left: string, right: string): boolean {
  if (left.replaceAll(SIZE, 'kB') !== right.replaceAll(SIZE, 'kB')) return false;
  const [before, after] = [left, right].map((text) => [...text.matchAll(SIZE)].map((match) => Number(match[1])));
  return before!.every((size, index) => Math.abs(after![index]! - size) <= TOLERANCE * size);
}
