/** PNG files as bytes: what the header says without decoding, and the pixels in the channels that are asked for. Decoded by pngjs. */
import type { GroundstateError } from '@groundstate/core';
import { PNG } from 'pngjs';
import { fileError } from '../../file-error';
import { looksLike } from '../../formats/looks-like';

/** From black, 0, to white, 255. */
export type Background = number | readonly [red: number, green: number, blue: number];

export interface PngHeader {
  readonly height: number;
  readonly width: number;
  /** 1 for the grey types of PNG, 3 for colours and palettes. */
  readonly channels: 1 | 3;
}

/** The first bytes of a PNG, up to the end of its header. */
export const headerBytes = 33;

export function readPngHeader(owner: string, file: string, bytes: Uint8Array): PngHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const isPng = bytes.length >= 8 && view.getUint32(0) === 0x89504e47 && view.getUint32(4) === 0x0d0a1a0a;
  if (!isPng) {
    const got = bytes.length === 0 ? 'an empty file' : (looksLike(bytes) ?? 'something else');
    throw fileError('invalid-data', owner, file, { rule: 'a PNG image', got, advice: 'Convert it, or take it out of the folder.' });
  }
  if (bytes.length < headerBytes) throw broken(owner, file, `${bytes.length} bytes in all`);
  return { width: view.getUint32(16), height: view.getUint32(20), channels: bytes[25] === 0 || bytes[25] === 4 ? 1 : 3 };
}

/**
 * One byte a channel, channels last. 16 bits are rounded to 8. Transparent pixels are laid over the background, which has to be named then.
 * One channel is read off images whose every pixel is grey, and never made of colours.
 */
export function decodePng(
  owner: string,
  file: string,
  bytes: Uint8Array,
  options: { readonly channels: 1 | 3; readonly background: Background | undefined },
): Uint8Array {
  let image: PNG;
  try {
    image = PNG.sync.read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  } catch (cause) {
    throw broken(owner, file, cause instanceof Error ? cause.message : String(cause), cause);
  }
  const { channels, background } = options;
  const ground = typeof background === 'number' ? [background, background, background] : background;
  const { data } = image;
  const pixels = new Uint8Array((data.length / 4) * channels);
  const colour = [0, 0, 0];
  for (let pixel = 0; pixel < data.length / 4; pixel++) {
    const alpha = data[4 * pixel + 3]! / 255;
    if (alpha < 1 && ground === undefined) {
      throw fileError('invalid-data', owner, file, {
        rule: 'an image without transparent pixels',
        got: `one with such a pixel in row ${Math.floor(pixel / image.width)}, column ${pixel % image.width}`,
        advice: 'Say what is behind it: `background: 255` for white, 0 for black, or [red, green, blue].',
      });
    }
    for (let channel = 0; channel < 3; channel++) {
      const value = data[4 * pixel + channel]!;
      colour[channel] = alpha < 1 ? Math.round(alpha * value + (1 - alpha) * ground![channel]!) : value;
    }
    if (channels === 1 && (colour[0] !== colour[1] || colour[1] !== colour[2])) {
      throw fileError('invalid-data', owner, file, {
        rule: 'a grey image, as `channels` is 1',
        got: `the colour ${colour.join(', ')} in row ${Math.floor(pixel / image.width)}, column ${pixel % image.width}`,
        advice: 'Say `channels: 3`, or make the images grey yourself.',
      });
    }
    for (let channel = 0; channel < channels; channel++) pixels[channels * pixel + channel] = colour[channel]!;
  }
  return pixels;
}

function broken(owner: string, file: string, got: string, cause?: unknown): GroundstateError {
  return fileError('corrupt', owner, file, {
    rule: 'a whole PNG image',
    got: `one that cannot be decoded (${got})`,
    advice: 'Replace it, or take it out of the folder.',
    ...(cause === undefined ? {} : { cause }),
  });
}
