/** Gathers adversarial examples batch by batch, in memory or, where an evaluation may be killed, in files of their own. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Observation } from '@groundstate/core';
import { type Arrays, readNpz, writeNpz } from '../npz/npz';
import type { SavedAdversarial } from './saved-adversarial';

export interface Collector {
  /** `position`: of the first example of the batch. The same one again takes the place of the first. */
  see(seen: Observation, position: number): Promise<void>;
  /** All that was seen, in the order of the positions. */
  collected(attacks: readonly string[], shape: readonly number[]): Promise<Omit<SavedAdversarial, 'about'>>;
}

/** `folder`: none where it is all kept in memory. */
export function createCollector(folder: string | undefined): Collector {
  const kept = new Map<number, Arrays>();
  const file = (position: number): string => join(folder!, `${position}.npz`);
  const parts = async (): Promise<readonly Arrays[]> => {
    if (folder === undefined) return [...kept.keys()].sort((a, b) => a - b).map((position) => kept.get(position)!);
    const names = (await readdir(folder)).filter((name) => /^\d+\.npz$/.test(name));
    const positions = names.map((name) => Number.parseInt(name, 10)).sort((a, b) => a - b);
    return Promise.all(positions.map(async (position) => (await readNpz(file(position)))!));
  };
  return {
    see: async ({ batch, attacked }, position) => {
      const flat = (values: Float32Array | Int32Array) => ({ shape: [values.length], values });
      const arrays: Record<string, Arrays[string]> = {
        ids: flat(Int32Array.from(batch.ids)),
        labels: flat(Int32Array.from(await batch.labels.data())),
      };
      for (const [index, { adversarial, success, distance }] of Object.values(attacked).entries()) {
        const values = await Promise.all([adversarial.data(), success.data(), distance.data()]);
        for (const [i, name] of (['adversarial', 'success', 'distance'] as const).entries()) {
          arrays[`${name}-${index}`] = flat(Float32Array.from(values[i]!));
        }
      }
      if (folder === undefined) kept.set(position, arrays);
      else await writeNpz(file(position), arrays);
    },
    collected: async (attacks, shape) => {
      const all = await parts();
      const floats = (name: string): Float32Array => {
        const pieces = attacks.flatMap((_, index) => all.map((part) => part[`${name}-${index}`]!.values as Float32Array));
        return joined(pieces, (length) => new Float32Array(length));
      };
      const integers = (name: string): Int32Array =>
        joined(
          all.map((part) => part[name]!.values as Int32Array),
          (length) => new Int32Array(length),
        );
      const success = Array.from(floats('success'), Boolean);
      const [ids, labels] = [integers('ids'), integers('labels')];
      return { attacks, shape, ids, labels, adversarial: floats('adversarial'), distance: floats('distance'), success };
    },
  };
}

function joined<Values extends Float32Array | Int32Array>(pieces: readonly Values[], make: (length: number) => Values): Values {
  const whole = make(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
