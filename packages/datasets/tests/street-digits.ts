import { encodeMat5 } from '../src/formats/mat5/encode-mat5';

/** Value of one pixel: a rule that tells row, column, channel and image apart. */
export const pixelOf = (image: number, row: number, column: number, channel: number): number =>
  (image * 59 + row * 7 + column * 3 + channel * 101) % 256;

/** Images in MATLAB's order: [image][channel][column][row], row fastest. */
export function columnMajor(count: number): Uint8Array {
  const data = new Uint8Array(count * 3072);
  let offset = 0;
  for (let image = 0; image < count; image++)
    for (let channel = 0; channel < 3; channel++)
      for (let column = 0; column < 32; column++) for (let row = 0; row < 32; row++) data[offset++] = pixelOf(image, row, column, channel);
  return data;
}

/** A file in SVHN's form. */
export function streetDigits(labels: readonly number[], compressed = true): Promise<Uint8Array> {
  const count = labels.length;
  const y = { shape: [count, 1], data: Uint8Array.from(labels), class: 'double' as const };
  return encodeMat5({ X: { shape: [32, 32, 3, count], data: columnMajor(count) }, y }, { compressed });
}
