/** The images and labels of a synthetic set, or of a part of it. Image i is a function of (name, seed, split, i) alone. */
import { createNoise, type Noise } from '@groundstate/core';

/** What is drawn, and which of it. */
export interface DrawingRequest {
  /** Of the set: the name of its random numbers. */
  readonly name: string;
  readonly seed: number;
  readonly split: 'train' | 'test';
  /** The first image, a multiple of ten. @default 0 */
  readonly start?: number;
  /** How many images. */
  readonly count: number;
  /** Bytes of one image. */
  readonly length: number;
  /** Uniform numbers that one image takes, about the picture and about its pixels. */
  readonly traits: number;
  readonly grain: number;
  readonly draw: (label: number, traits: Float32Array, grain: Float32Array, pixels: Uint8Array) => void;
}

const classes = 10;
/** Images drawn at once: bounds the memory that their noise takes. A multiple of the classes. */
const rowsAtOnce = 500;

/** Every ten images in a row are the ten classes in some order. */
export async function drawImages(request: DrawingRequest): Promise<{ pixels: Uint8Array; labels: Uint8Array }> {
  const { name, seed, split, start = 0, count, length, draw } = request;
  const pixels = new Uint8Array(count * length);
  const labels = new Uint8Array(count);
  for (let done = 0; done < count; done += rowsAtOnce) {
    const rows = Math.min(rowsAtOnce, count - done);
    const noiseOf = (first: number, size: number): Noise =>
      createNoise(
        seed,
        Int32Array.from({ length: size }, (_, row) => first + row),
      ).stream(name, split);
    const noise = noiseOf(start + done, rows);
    const blocks = noiseOf((start + done) / classes, Math.ceil(rows / classes));
    const order = await valuesOf(blocks.stream('order'), classes);
    const traits = await valuesOf(noise.stream('traits'), request.traits);
    const grain = await valuesOf(noise.stream('grain'), request.grain);
    for (let row = 0; row < rows; row++) {
      const block = Math.floor(row / classes) * classes;
      const label = rankOf(order.subarray(block, block + classes), row % classes);
      labels[done + row] = label;
      const own = (values: Float32Array, size: number): Float32Array => values.subarray(row * size, (row + 1) * size);
      const image = pixels.subarray((done + row) * length, (done + row + 1) * length);
      draw(label, own(traits, request.traits), own(grain, request.grain), image);
    }
  }
  return { pixels, labels };
}

async function valuesOf(noise: Noise, length: number): Promise<Float32Array> {
  const tensor = noise.uniform([length]);
  const values = await tensor.data<'float32'>();
  tensor.dispose();
  return values;
}

/** The place of one value among all, ties in order: the ranks of any ten values are a permutation of 0 .. 9. */
function rankOf(values: Float32Array, index: number): number {
  const own = values[index]!;
  let rank = 0;
  for (let i = 0; i < values.length; i++) if (values[i]! < own || (values[i] === own && i < index)) rank++;
  return rank;
}
