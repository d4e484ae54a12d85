/**
 * Checkpoints in a folder. Each is written under another name and then renamed, so that no reader ever sees half of one;
 * the last good ones are kept, and a damaged one is named and passed over.
 */
import { mkdir, open, readdir, readFile, rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { checkKeys, checkNumber, GroundstateError } from '@groundstate/core';
import type { Checkpoint } from '../checkpoint';
import { decodeCheckpoint, encodeCheckpoint } from '../checkpoint-file';

const pattern = /^checkpoint-(\d{9})\.safetensors$/;

/** A folder that holds the last checkpoints of one run. */
export interface CheckpointDirectory {
  /** Writes it whole or not at all, then removes the oldest beyond those that are kept. */
  save(checkpoint: Checkpoint): Promise<void>;
  /** The newest checkpoint that is whole, if any, and what is wrong with those newer than it. */
  load(): Promise<{ readonly checkpoint: Checkpoint | undefined; readonly passedOver: readonly string[] }>;
}

/**
 * @example
 * const checkpoints = checkpointDirectory('runs/1/checkpoints');
 * await fit(model, examples, defence, { epochs: 5, seed: 0, onCheckpoint: checkpoints.save });
 */
export function checkpointDirectory(directory: string, options: { readonly keep?: number } = {}): CheckpointDirectory {
  checkKeys('checkpointDirectory', options, ['keep']);
  const keep = checkNumber('checkpointDirectory', 'keep', options.keep ?? 2, { integer: true, min: 1 });
  const newestFirst = async (): Promise<string[]> => {
    const names = await readdir(directory).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return [];
      throw new GroundstateError('io', `checkpointDirectory: expected \`${directory}\` to be a readable folder, got ${cause.message}.`, {
        cause,
      });
    });
    return names
      .filter((name) => pattern.test(name))
      .sort()
      .reverse();
  };
  return {
    save: async (checkpoint) => {
      const name = `checkpoint-${String(checkpoint.position.optimiserStep).padStart(9, '0')}.safetensors`;
      await writeAtomically(directory, name, await encodeCheckpoint(checkpoint));
      const names = await newestFirst();
      // What an earlier run left with more steps goes first: it must not displace what this run writes.
      const lastWritten = [...names.filter((other) => other <= name), ...names.filter((other) => other > name)];
      for (const old of lastWritten.slice(keep)) await rm(join(directory, old), { force: true });
    },
    load: async () => {
      const passedOver: string[] = [];
      for (const name of await newestFirst()) {
        const path = join(directory, name);
        try {
          return { checkpoint: await decodeCheckpoint(await readFile(path), path), passedOver };
        } catch (cause) {
          const reason = GroundstateError.is(cause)
            ? cause.message
            : `checkpoint: expected \`${path}\` to be a readable file, got ${String(cause)}.`;
          passedOver.push(reason);
        }
      }
      return { checkpoint: undefined, passedOver };
    },
  };
}

async function writeAtomically(directory: string, name: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(directory, `.${name}.${process.pid}.part`);
  try {
    await mkdir(directory, { recursive: true });
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(bytes);
      // On the disk before it takes the name: a power cut must not leave an empty file under it.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, join(directory, name));
  } catch (cause) {
    // The first failure is the one to report.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw await unwritable(directory, name, cause);
  }
}

/** Which file could not be written, why, and how much room there is where that may be the reason. */
async function unwritable(directory: string, name: string, cause: unknown): Promise<GroundstateError> {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  let room = '';
  if (['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code)) {
    const disk = await statfs(directory).catch(() => undefined);
    if (disk) room = ` (${((disk.bavail * disk.bsize) / 2 ** 20).toFixed(1)} MiB free)`;
  }
  const got = `${message}${room}`;
  const advice = 'Check the folder, and the space on its disk; the last checkpoint stands.';
  return new GroundstateError('io', `checkpointDirectory: expected \`${join(directory, name)}\` to be writable, got ${got}. ${advice}`, {
    cause,
  });
}
