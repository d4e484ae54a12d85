import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { GroundstateError } from '@groundstate/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TarEntry, tar } from '../../tests/tar';
import { packed, tinyArchive, tinyBatches, tinyCifarRecipe, tinyEntries, tinyInner } from '../../tests/tiny-cifar';
import { unpackArchive } from './unpack-archive';

let parent = '';
let folder = '';
let directory = '';
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'groundstate-unpack-'));
});
beforeEach(async () => {
  folder = await mkdtemp(join(parent, 'in-'));
  directory = join(folder, 'files');
});
afterAll(() => rm(parent, { recursive: true, force: true }));

async function unpack(bytes: Uint8Array, more: object = {}): Promise<void> {
  const archive = join(folder, 'tiny.tar.gz');
  await writeFile(archive, bytes);
  await unpackArchive({ archive, contents: tinyCifarRecipe.contents!, inner: tinyInner, directory, ...more });
}

/** The refusal, after which nothing is there that was not before. */
async function refusal(bytes: Uint8Array, more: object = {}): Promise<GroundstateError> {
  const before = await readdir(directory).catch(() => []);
  const error: unknown = await unpack(bytes, more).catch((cause: unknown) => cause);
  if (!GroundstateError.is(error)) throw new Error(`unpackArchive did not refuse: ${String(error)}`);
  expect(await readdir(directory)).toEqual(before);
  expect((await readdir(folder)).sort()).toEqual(['files', 'tiny.tar.gz']);
  return error;
}

/** The archive with another entry in the place of the third batch. */
const withThird = (...entries: readonly TarEntry[]): Uint8Array =>
  packed(tinyEntries.flatMap((entry) => (entry.name.endsWith('_3.bin') ? entries : [entry])));
const third = `${tinyInner}/data_batch_3.bin`;
const content = tinyBatches['data_batch_3.bin']!;

describe('unpackArchive', () => {
  it('takes out the known files and no others', async () => {
    await unpack(tinyArchive);
    expect((await readdir(directory)).sort()).toEqual(Object.keys(tinyBatches).sort());
    for (const [name, bytes] of Object.entries(tinyBatches)) {
      expect(Buffer.compare(await readFile(join(directory, name)), bytes)).toBe(0);
    }
  });

  it('takes names that begin with a dot and a slash, as some archivers write them', async () => {
    await unpack(packed(tinyEntries.map((entry) => ({ ...entry, name: `./${entry.name}` }))));
    expect(await readdir(directory)).toHaveLength(6);
  });

  it('writes nothing outside of its folder, whatever the entries are called', async () => {
    const stray = ['../stray', `${tinyInner}/../../stray`, '/tmp/groundstate-stray', `../${third}`, `x/${third}`].map((name) => ({
      name,
      content,
    }));
    await unpack(packed([...stray, ...tinyEntries]));
    expect((await readdir(folder)).sort()).toEqual(['files', 'tiny.tar.gz']);
    expect((await readdir(directory)).sort()).toEqual(Object.keys(tinyBatches).sort());
    expect((await refusal(withThird({ name: `../${third}`, content }))).message).toContain(
      `to be an archive with ${third} in it, got one without.`,
    );
  });

  it('refuses links and folders under a known name', async () => {
    expect((await refusal(withThird({ name: third, type: 2, link: '/etc/hosts' }))).message).toBe(
      `fetchDataset: expected \`tiny.tar.gz\` to be an archive in which ${third} is a plain file, got a symlink to /etc/hosts. ` +
        'Nothing was unpacked. Remove it and fetch it again.',
    );
    expect((await refusal(withThird({ name: third, type: 1, link: 'x' }))).message).toContain('got a link to x.');
    expect((await refusal(withThird({ name: third, type: 5 }))).message).toContain('got a directory.');
  });

  it('refuses a file of another size, with other bytes, twice there or missing', async () => {
    expect((await refusal(withThird({ name: third, content: content.subarray(1) }))).message).toContain(
      `an archive in which ${third} has 6146 bytes, got 6145.`,
    );
    const other = Uint8Array.from(content);
    other[5000] = other[5000]! ^ 1;
    expect((await refusal(withThird({ name: third, content: other }))).message).toContain(
      `an archive in which data_batch_3.bin has the SHA-256 ${tinyCifarRecipe.contents![2]!.sha256}, got `,
    );
    expect((await refusal(withThird({ name: third, content }, { name: third, content }))).message).toContain('in it once, got it twice.');
    expect((await refusal(withThird())).message).toContain(`an archive with ${third} in it, got one without.`);
  });

  it('refuses every truncation and what is no archive', async () => {
    await mkdir(directory);
    for (let length = 0; length < tinyArchive.length; length += length < 30 || length > tinyArchive.length - 30 ? 7 : 151) {
      const error = await refusal(tinyArchive.subarray(0, length));
      expect(error.code).toBe('corrupt');
      expect(error.message).toMatch(/^fetchDataset: expected `tiny\.tar\.gz` to be an? (whole tar\.gz )?archive/);
    }
    expect((await refusal(new TextEncoder().encode('<html>'))).message).toContain('cut short or damaged (incorrect header check)');
    expect((await refusal(gzipSync('no archive '.repeat(200)))).message).toContain(
      'to be a whole tar.gz archive, got one that is cut short or damaged (',
    );
    // Cut inside of tar, whole inside of gzip.
    expect((await refusal(gzipSync(tar(tinyEntries).subarray(0, 20_000)))).code).toBe('corrupt');
  });

  it('leaves another file of a known name as it is, unless told', async () => {
    await mkdir(directory);
    await writeFile(join(directory, 'data_batch_1.bin'), 'mine');
    expect((await refusal(tinyArchive)).message).toContain('got another file, which stays as it is.');
    expect(await readFile(join(directory, 'data_batch_1.bin'), 'utf8')).toBe('mine');
    await unpack(tinyArchive, { overwrite: true });
    expect(await readdir(directory)).toHaveLength(6);
    expect((await readFile(join(directory, 'data_batch_1.bin'))).length).toBe(6146);
  });

  it('removes what a process that was killed had begun, and writes through no link of that name', async () => {
    await mkdir(directory);
    const host = hostname().replace(/[^\w-]/g, '-');
    // No process has this number.
    await writeFile(join(directory, `data_batch_2.bin.${host}.4194999.abcd.part`), 'half');
    await writeFile(join(folder, 'outside'), 'mine');
    await symlink(join(folder, 'outside'), join(directory, 'data_batch_3.bin'));
    await expect(unpack(tinyArchive)).rejects.toThrow('got another file, which stays as it is.');
    await unpack(tinyArchive, { overwrite: true });
    expect((await readdir(directory)).sort()).toEqual(Object.keys(tinyBatches).sort());
    expect(await readFile(join(folder, 'outside'), 'utf8')).toBe('mine');
  });

  it('stops when it is told to, with nothing left behind', async () => {
    const error = await refusal(tinyArchive, { signal: AbortSignal.abort() });
    expect(error.code).toBe('aborted');
    expect(error.message).toContain('stopped while tiny.tar.gz was unpacked.');
  });
});
