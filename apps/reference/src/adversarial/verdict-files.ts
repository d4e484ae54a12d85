/** Verdicts on a batch that is not finished, a file each: a kill loses one attack on one batch at most. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoredVerdict, VerdictStore } from '@groundstate/metrics';
import { type Arrays, readNpz, writeNpz } from '../npz/npz';

export function verdictFiles(folder: string): VerdictStore {
  const file = (key: string): string => join(folder, `${key}.npz`);
  return {
    read: async (key) => {
      const arrays = await readNpz(file(key));
      return arrays && (Object.fromEntries(Object.entries(arrays).map(([name, { values }]) => [name, values])) as unknown as StoredVerdict);
    },
    write: (key, verdict) => {
      const arrays: Arrays = Object.fromEntries(
        Object.entries(verdict).map(([name, values]) => [name, { shape: [values.length], values }]),
      );
      return writeNpz(file(key), arrays);
    },
    remove: (key) => rm(file(key), { force: true }),
  };
}
