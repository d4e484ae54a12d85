/** Which examples still stand: the one definition that robust accuracy and everything that compares attacks or models share. */
import type { Observation } from '@groundstate/core';
import { correctOnClean } from './correctness';

export type Standing = {
  /** 1 where the clean input is classified right. */
  readonly clean: Uint8Array;
  /** By attack: 1 where that is so and the attack did not fool the model. */
  readonly attacks: Readonly<Record<string, Uint8Array>>;
  /** 1 where none of the attacks did. */
  readonly worst: Uint8Array;
};

export async function standingOf(seen: Observation): Promise<Standing> {
  const clean = await correctOnClean(seen);
  const worst = Uint8Array.from(clean);
  const attacks: Record<string, Uint8Array> = {};
  for (const [name, { success }] of Object.entries(seen.attacked)) {
    const fooled = await success.data();
    attacks[name] = clean.map((right, i) => (right && !fooled[i] ? 1 : 0));
    for (const [i, value] of fooled.entries()) if (value) worst[i] = 0;
  }
  return { clean, attacks, worst };
}

export function count(standing: Uint8Array): number {
  return standing.reduce((sum, value) => sum + value, 0);
}
