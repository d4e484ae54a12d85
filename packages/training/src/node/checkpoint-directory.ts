/**
 * Checkpoints in a folder. Each is written under another name and then renamed, so that no reader ever sees half of one;
 * the last good ones are kept, and a damaged one is named and passed over.
 */
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkKeys, checkNumber, GroundstateError } from '@groundstate/core';
import type { Checkpoint } from '../checkpoint';
import { decodeCheckpoint, encodeCheckpoint } from '../checkpoint-file';

const pattern = /^checkpoint-(\d{9})\.safetensors$/;

export interface CheckpointDirectory {
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
      throw new GroundstateError('io', `checkpointDirectory: could not read ${directory}.`, { cause });
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
          const reason = GroundstateError.is(cause) ? cause.message : `checkpoint: ${path} cannot be read: ${String(cause)}.`;
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
    throw new GroundstateError('io', `checkpointDirectory: could not write ${join(directory, name)}; the last checkpoint stands.`, {
      cause,
    });
  }
}
