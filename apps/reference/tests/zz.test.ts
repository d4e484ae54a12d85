import { it } from 'vitest';
import { readFile } from 'node:fs/promises';
import { killedInEach, undisturbed } from './kill-and-resume';
it('x', async () => {
  const { left: whole, signs } = await undisturbed('/tmp/h7-Q/kw', 'wasm');
  console.log(signs, whole.weights);
  const { left, killed } = await killedInEach('/tmp/h7-Q/kk', 'wasm', { signs, seed: 2 });
  console.log(killed, left.weights);
}, 200000);
