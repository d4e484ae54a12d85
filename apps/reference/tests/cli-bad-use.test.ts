/**
 * Two hundred and more ways to be wrong, drawn by a seed: each ends with a failing code, one message in the grammar of our
 * errors, nothing on stdout, and the folder it ran in as it was, to the last byte.
 */
import { createHash } from 'node:crypto';
import { cp, lstat, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Case, ways } from './bad-use';
import { plant } from './bad-use-sandbox';
import { groundstate } from './in-process';

const grammar = /^\S.*: expected `.+` to be .+, got .+\./;
const home = process.cwd();
let root = '';
let seedling = '';
let sandbox = '';
let drawn = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'groundstate-bad-'));
  seedling = join(root, 'seedling');
  sandbox = join(root, 'sandbox');
  await plant(seedling);
  await cp(seedling, sandbox, { recursive: true });
  vi.stubEnv('GROUNDSTATE_DATA', undefined);
  vi.stubEnv('GROUNDSTATE_CACHE', join(root, 'cache'));
});
// Where a default folder would be made, too.
beforeEach(() => process.chdir(sandbox));
afterEach(() => process.chdir(home));
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true, force: true });
});

/** Every name in a folder, and a digest of every file. */
async function contents(folder: string): Promise<Record<string, string>> {
  const entries = (await readdir(folder, { recursive: true })).sort();
  const digests = entries.map(async (name): Promise<[string, string]> => {
    const path = join(folder, name);
    const found = await lstat(path);
    return [
      name,
      found.isFile()
        ? createHash('sha256')
            .update(await readFile(path))
            .digest('hex')
        : 'folder',
    ];
  });
  return Object.fromEntries(await Promise.all(digests));
}

async function check({ parameters, files = {} }: Case): Promise<void> {
  for (const [name, content] of Object.entries(files)) await writeFile(join(sandbox, name), content);
  const [before, tensors, bytes] = [await contents(sandbox), tf.memory().numTensors, tf.memory().numBytes];
  const { code, stdout, stderr } = await groundstate(...parameters);
  const messages = stderr.split('\n').filter((line) => grammar.test(line));
  const about = `groundstate ${parameters.join(' ')}\n${stderr}`;
  expect([1, 2], about).toContain(code);
  expect(stdout, about).toBe('');
  expect(messages.length, about).toBe(1);
  // The message is the last thing that is said, and whole.
  expect(stderr.endsWith(`${messages[0]}\n`), about).toBe(true);
  expect(await contents(sandbox), about).toEqual(before);
  expect([tf.memory().numTensors, tf.memory().numBytes], about).toEqual([tensors, bytes]);
  for (const name of Object.keys(files)) {
    await rm(join(sandbox, name));
    const planted = await readFile(join(seedling, name)).catch(() => undefined);
    if (planted) await writeFile(join(sandbox, name), planted);
  }
}

describe('a bad invocation is refused in one sentence, and changes nothing:', () => {
  it.each(Object.entries(ways))('%s', async (_, [count, cases]) => {
    const sampled = fc.sample(cases, { numRuns: 10 * count, seed: 4 });
    const different = new Map(sampled.map((each) => [JSON.stringify(each), each]));
    for (const each of [...different.values()].slice(0, count)) {
      await check(each);
      drawn++;
    }
  });

  it('these are two hundred and more', () => {
    expect(drawn).toBeGreaterThanOrEqual(200);
  });
});
