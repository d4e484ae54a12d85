import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readJson, readRecord, writeJson, writeWhole } from './json-file';

/** A disk that is full when it is told to be (half of what is written arrives), and a scanner that has files open for a while. */
const disk = vi.hoisted(() => ({ full: undefined as string | undefined, busy: 0 }));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const fault = (code: string): Error => Object.assign(new Error(`${code}: as injected`), { code });
  const open: typeof real.open = async (...parameters) => {
    const file = await real.open(...parameters);
    const write = file.writeFile.bind(file);
    file.writeFile = async (content, ...rest) => {
      if (!disk.full) return write(content, ...rest);
      await write((content as string).slice(0, 3));
      throw fault(disk.full);
    };
    return file;
  };
  const rename: typeof real.rename = async (...parameters) => {
    if (disk.busy > 0) {
      disk.busy--;
      throw fault('EPERM');
    }
    return real.rename(...parameters);
  };
  return { ...real, open, rename };
});

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-json-'));
});
afterEach(async () => {
  disk.full = undefined;
  disk.busy = 0;
  await rm(folder, { recursive: true, force: true });
});

describe('a file is whole or not there', () => {
  it.each(['ENOSPC', 'EDQUOT', 'EFBIG'])(
    'where the disk is full (%s): the old one stands, and the message has file, reason and room',
    async (code) => {
      const path = join(folder, 'deep', 'whole.json');
      await writeJson(path, { old: true });
      disk.full = code;
      const failure: unknown = await writeJson(path, { old: false }).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'io' });
      expect((failure as Error).message).toMatch(
        /^write: expected `.*whole\.json` to be writable, got E\w+: as injected \(\d+\.\d MiB free\)\. Make room, then go on: what was saved before stands\.$/,
      );
      disk.full = undefined;
      expect(await readJson(path)).toEqual({ old: true });
      expect(await readdir(join(folder, 'deep'))).toEqual(['whole.json']);
      await writeJson(path, { old: false });
      expect(await readJson(path)).toEqual({ old: false });
    },
  );

  it('where what is to be written has no JSON', async () => {
    const path = join(folder, 'whole.json');
    await writeJson(path, { old: true });
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    await expect(writeJson(path, loop)).rejects.toThrow(TypeError);
    expect([await readJson(path), await readdir(folder)]).toEqual([{ old: true }, ['whole.json']]);
  });

  it('where a folder must not be written to', async () => {
    // Modes bind nobody who is root: then the folder lies below a file, where nobody can make one.
    const root = process.getuid?.() === 0 || process.platform === 'win32';
    const closed = join(folder, 'closed');
    if (root) await writeFile(closed, 'a file');
    else await mkdir(closed).then(() => chmod(closed, 0o555));
    const path = join(closed, root ? 'below/x.json' : 'x.json');
    await expect(writeJson(path, {})).rejects.toMatchObject({
      code: 'io',
      message: expect.stringMatching(
        /^write: expected `.*x\.json` to be writable, got E\w+: .+\. Check that the folder is there and may be written to/,
      ),
    });
    expect(await readdir(folder)).toEqual(['closed']);
    expect(root ? (await stat(closed)).isFile() : (await readdir(closed)).length === 0).toBe(true);
  });

  it('also where somebody has the old one open for a while, as on Windows', async () => {
    const path = join(folder, 'report.html');
    await writeWhole(path, 'old');
    disk.busy = 3;
    await writeWhole(path, 'new');
    expect([await readFile(path, 'utf8'), await readdir(folder)]).toEqual(['new', ['report.html']]);
    disk.busy = 100;
    await expect(writeWhole(path, 'newer')).rejects.toThrow('to be writable, got EPERM');
    expect([await readFile(path, 'utf8'), await readdir(folder)]).toEqual(['new', ['report.html']]);
  });
});

describe('what is read', () => {
  it('is named where it is no JSON, empty, or no file', async () => {
    const path = join(folder, 'damaged.json');
    await writeFile(path, '{"half":');
    await expect(readJson(path)).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringMatching(/^read: expected `.*damaged\.json` to be JSON, got .+\./),
    });
    expect(await readFile(path, 'utf8')).toBe('{"half":');
    await writeFile(path, '');
    await expect(readJson(path)).rejects.toThrow('to be JSON, got an empty file. The file is damaged, or not ours');
    await expect(readJson(folder)).rejects.toMatchObject({
      code: 'io',
      message: expect.stringContaining(`expected \`${folder}\` to be a readable file, got EISDIR`),
    });
    expect(await readJson(join(folder, 'none.json'))).toBeUndefined();
  });

  it('is named where it is JSON, but not what was looked for', async () => {
    const path = join(folder, 'other.json');
    const read = () => readRecord<{ a: number }>(path, 'an a', ({ a }) => typeof a === 'number');
    expect(await read()).toBeUndefined();
    for (const [value, got] of [
      [null, 'null'],
      [[1], '[1]'],
      ['text', '"text"'],
      [{ a: '1' }, 'an object with keys [a]'],
    ] as const) {
      await writeJson(path, value);
      await expect(read()).rejects.toMatchObject({
        code: 'corrupt',
        message: expect.stringContaining(`expected \`${path}\` to be an a, got ${got}. The file`),
      });
    }
    await writeJson(path, { a: 1, b: 2 });
    expect(await read()).toEqual({ a: 1, b: 2 });
  });
});
