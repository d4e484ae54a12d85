/** Which test images are attacked, the same everywhere, and what tells that two runs attacked images of the same set. */
import { createHash } from 'node:crypto';
import { batches, type Examples, order, subset } from '@groundstate/core';

/** In an order of their own, not the file's: the halves of MNIST's test file are of unlike difficulty. All where there are fewer. */
export function testImages(all: Examples, count: number): Examples {
  return subset(all, order(all.size, { seed: 0, epoch: 0 }).slice(0, count));
}

/** SHA-256 of the pixels (float32) and labels, one after the other. */
export async function digestOf(examples: Examples): Promise<string> {
  const hash = createHash('sha256');
  for await (const batch of batches(examples, { size: 500 })) {
    try {
      for (const tensor of [batch.inputs, batch.labels]) {
        const { buffer, byteOffset, byteLength } = await tensor.data();
        hash.update(new Uint8Array(buffer, byteOffset, byteLength));
      }
    } finally {
      batch.inputs.dispose();
      batch.labels.dispose();
    }
  }
  return hash.digest('hex');
}
