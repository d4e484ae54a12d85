/** SHA-256 of a model's weights and buffers: what tells that a folder still holds the model that it held. */
import { createHash } from 'node:crypto';
import type { TrainableModel } from '@groundstate/core';

export async function digestOfModel({ weights, buffers }: Pick<TrainableModel, 'weights' | 'buffers'>): Promise<string> {
  const hash = createHash('sha256');
  for (const [name, variable] of Object.entries({ ...weights, ...buffers })) {
    const { buffer, byteOffset, byteLength } = await variable.data();
    hash.update(`${name} ${variable.shape}\n`).update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('hex');
}
