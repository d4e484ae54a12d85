import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Checkpoint } from '../checkpoint';
import { checkpointDirectory } from './checkpoint-directory';

/** A disk that is full when it is told to be: half of what is written arrives. */
const disk = vi.hoisted(() => ({ full: false }));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const open: typeof real.open = async (...parameters) => {
    const file = await real.open(...parameters);
    const write = file.writeFile.bind(file);
    file.writeFile = async (content, ...rest) => {
      if (!disk.full) return write(content, ...rest);
      await write((content as Uint8Array).subarray(0, 50));
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    };
    return file;
  };
  return { ...real, open };
});

let root = '';
let directory = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'groundstate-checkpoints-'));
  directory = join(root, 'run', 'checkpoints');
});
afterEach(() => rm(root, { recursive: true, force: true }));

const checkpointAt = (step: number): Checkpoint => ({
  run: {
    model: 'm',
    defence: 'd',
    adversaries: '',
    learningRate: '',
    descent: 'plain x1',
    optimiser: 'adam',
    seed: 3,
    batchSize: 4,
    epochs: 2,
    examples: 9,
  },
  position: { epoch: 0, batch: step, optimiserStep: step, sums: {}, seen: 4 * step },
  history: { epochs: [], steps: step, forwards: 0, backwards: 0, gradientEvaluations: { training: 0, validation: 0 } },
  tensors: { 'weights/w': { shape: [2], values: Float32Array.of(step, -step) } },
});
const nameOf = (step: number): string => `checkpoint-${String(step).padStart(9, '0')}.safetensors`;
const namesOf = (...steps: number[]): string[] => steps.map(nameOf);

it('gives back what it was given, and makes the folders it needs', async () => {
  const checkpoints = checkpointDirectory(directory);
  await checkpoints.save(checkpointAt(7));
  expect(await checkpoints.load()).toEqual({ checkpoint: checkpointAt(7), passedOver: [] });
});

it('a folder that is empty or not there has no checkpoint', async () => {
  expect(await checkpointDirectory(directory).load()).toEqual({ checkpoint: undefined, passedOver: [] });
  await mkdir(directory, { recursive: true });
  expect(await checkpointDirectory(directory).load()).toEqual({ checkpoint: undefined, passedOver: [] });
});

it('keeps the last two, or as many as it is told, in the order of their steps; other files are nobody of its business', async () => {
  const checkpoints = checkpointDirectory(directory);
  for (const step of [9, 10, 100]) await checkpoints.save(checkpointAt(step));
  expect((await readdir(directory)).sort()).toEqual(namesOf(10, 100));
  await writeFile(join(directory, 'notes.txt'), 'mine');
  for (const step of [101, 102, 103]) await checkpointDirectory(directory, { keep: 3 }).save(checkpointAt(step));
  expect((await readdir(directory)).sort()).toEqual([...namesOf(101, 102, 103), 'notes.txt']);
  expect(() => checkpointDirectory(directory, { kept: 3 } as object)).toThrow('expected `option` to be one of \'keep\', got "kept".');
  expect(() => checkpointDirectory(directory, { keep: 0 })).toThrow(
    'checkpointDirectory: expected `keep` to be an integer of at least 1, got 0.',
  );
});

it('a damaged newest one is named and passed over, and the one before it is loaded', async () => {
  const checkpoints = checkpointDirectory(directory);
  for (const step of [1, 2]) await checkpoints.save(checkpointAt(step));
  const path = join(directory, nameOf(2));
  await writeFile(path, (await readFile(path)).subarray(0, -1));
  const { checkpoint, passedOver } = await checkpoints.load();
  expect(checkpoint).toEqual(checkpointAt(1));
  expect(passedOver).toEqual([
    `checkpoint: expected \`${path}\` to be whole, got a damaged one: its SHA-256 is not the one that was written with it.`,
  ]);
});

it('one that cannot be read at all is passed over too', async () => {
  const checkpoints = checkpointDirectory(directory);
  await checkpoints.save(checkpointAt(1));
  await mkdir(join(directory, nameOf(2)));
  const { checkpoint, passedOver } = await checkpoints.load();
  expect(checkpoint).toEqual(checkpointAt(1));
  expect(passedOver).toEqual([
    expect.stringMatching(/^checkpoint: expected `.*000002\.safetensors` to be a readable file, got Error: EISDIR/),
  ]);
});

it('damaged ones of more steps do not displace those of the run that starts anew', async () => {
  const checkpoints = checkpointDirectory(directory);
  for (const step of [30, 40]) await checkpoints.save(checkpointAt(step));
  for (const name of namesOf(30, 40)) await writeFile(join(directory, name), 'damaged');
  await checkpoints.save(checkpointAt(10));
  expect((await checkpoints.load()).checkpoint).toEqual(checkpointAt(10));
  await checkpoints.save(checkpointAt(20));
  expect((await readdir(directory)).sort()).toEqual(namesOf(10, 20));
});

it('a write that fails rejects with code io, leaves no half of a file, and the last checkpoint stands', async () => {
  const checkpoints = checkpointDirectory(directory);
  await checkpoints.save(checkpointAt(1));
  // A folder in the place of the file: the writing works, the renaming does not.
  await mkdir(join(directory, nameOf(2)));
  await expect(checkpoints.save(checkpointAt(2))).rejects.toMatchObject({ code: 'io', message: expect.stringContaining(nameOf(2)) });
  expect((await readdir(directory)).sort()).toEqual(namesOf(1, 2));
  expect((await checkpoints.load()).checkpoint).toEqual(checkpointAt(1));
});

it('a file in the place of the folder is an error of code io, for writing and for reading', async () => {
  await writeFile(join(root, 'run'), 'a file');
  const at = checkpointDirectory(join(root, 'run'));
  await expect(at.save(checkpointAt(1))).rejects.toMatchObject({
    code: 'io',
    message: expect.stringContaining('the last checkpoint stands'),
  });
  await expect(at.load()).rejects.toMatchObject({ code: 'io', message: expect.stringContaining('to be a readable folder, got ENOTDIR') });
  expect(await readFile(join(root, 'run'), 'utf8')).toBe('a file');
});

it('a full disk is named with the file and the room on it; the last checkpoint stands, and saving goes on when there is room', async () => {
  const checkpoints = checkpointDirectory(directory);
  await checkpoints.save(checkpointAt(1));
  disk.full = true;
  const failure = await checkpoints.save(checkpointAt(2)).catch((error: unknown) => error);
  disk.full = false;
  expect(failure).toMatchObject({
    code: 'io',
    message: expect.stringMatching(
      /^checkpointDirectory: expected `.*000002\.safetensors` to be writable, got ENOSPC: no space left on device, write \(\d+\.\d MiB free\)\. .*the last checkpoint stands\.$/,
    ),
  });
  expect(await readdir(directory)).toEqual(namesOf(1));
  expect((await checkpoints.load()).checkpoint).toEqual(checkpointAt(1));
  await checkpoints.save(checkpointAt(2));
  expect(await checkpoints.load()).toEqual({ checkpoint: checkpointAt(2), passedOver: [] });
});
