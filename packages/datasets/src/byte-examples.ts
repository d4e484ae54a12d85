import { type Batch, type Examples, expected } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';

/** What `byteExamples` makes examples of. */
export interface ByteExamplesOptions {
  /** Who holds these examples, for errors. @default 'byteExamples' */
  readonly owner?: string;
  /** Shape of one example, channels last. */
  readonly shape: readonly number[];
  /** All examples, one after another, channels last. Kept, not copied. */
  readonly pixels: Uint8Array;
  /** The class of each example. */
  readonly labels: Uint8Array | Int32Array;
}

/** The float32 nearest to byte / 255: 0 and 255 become 0 and 1 exactly. */
const levels = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

/**
 * Examples whose pixels stay bytes until they are batched: four times less memory than float32.
 * A batch is float32 `[n, ...shape]` in [0, 1], with int32 labels `[n]`; ids are the positions.
 *
 * @example
 * const examples = byteExamples({ shape: [1, 1, 1], pixels: Uint8Array.of(0, 255), labels: Uint8Array.of(3, 4) });
 * const batch = await examples.read(Int32Array.of(1)); // inputs [[[[1]]]], labels [4]
 */
export function byteExamples({ owner = 'byteExamples', shape, pixels, labels }: ByteExamplesOptions): Examples {
  const size = labels.length;
  const each = shape.reduce((product, length) => product * length, 1);
  if (pixels.length !== size * each) {
    throw expected(owner, 'pixels', `${size} x ${each} = ${size * each} bytes, for ${size} labels`, pixels.length);
  }
  const ownLabels = Int32Array.from(labels);
  return {
    size,
    labels: ownLabels,
    read: async (positions): Promise<Batch> => {
      checkPositions(owner, positions, size);
      const values = new Float32Array(positions.length * each);
      for (let row = 0; row < positions.length; row++) {
        const start = positions[row]! * each;
        const target = row * each;
        for (let i = 0; i < each; i++) values[target + i] = levels[pixels[start + i]!]!;
      }
      return {
        ids: Int32Array.from(positions),
        inputs: tf.tensor(values, [positions.length, ...shape], 'float32'),
        labels: tf.tensor1d(
          Int32Array.from(positions, (position) => ownLabels[position]!),
          'int32',
        ),
      };
    },
  };
}

function checkPositions(owner: string, positions: Int32Array, size: number): void {
  // By tag, not by class: an Int32Array of another realm (a worker, a test runner) is as good.
  if (Object.prototype.toString.call(positions) !== '[object Int32Array]') throw expected(owner, 'positions', 'an Int32Array', positions);
  for (const position of positions) {
    if (position < 0 || position >= size) throw expected(owner, 'positions', `within 0 .. ${size - 1}`, position);
  }
}
