import { gzipSync } from 'node:zlib';
import { GroundstateError } from '@groundstate/core';
import { describe, expect, it } from 'vitest';
import { tar } from '../../tests/tar';
import { cifarRecordLength, decodeCifar, encodeCifar } from './cifar-binary';

/** Record r has label 7 + r; its red plane is all 10 + r save the second pixel of the first row, which is 255; green 20 + r, blue 30 + r. */
function byHand(records: number): Uint8Array {
  const bytes: number[] = [];
  for (let r = 0; r < records; r++) {
    const red = new Array(1024).fill(10 + r);
    red[1] = 255;
    bytes.push(7 + r, ...red, ...new Array(1024).fill(20 + r), ...new Array(1024).fill(30 + r));
  }
  return Uint8Array.from(bytes);
}

function refusal(bytes: Uint8Array): string {
  try {
    decodeCifar(bytes, { file: 'data_batch_1.bin', owner: 'reader' });
  } catch (error) {
    if (!GroundstateError.is(error)) throw error;
    expect(error.code).toBe('corrupt');
    return error.message;
  }
  throw new Error('decodeCifar did not refuse.');
}

describe('decodeCifar', () => {
  it('puts the three planes of each record channels last', () => {
    const { pixels, labels } = decodeCifar(byHand(2));
    expect([...labels]).toEqual([7, 8]);
    expect(pixels.length).toBe(2 * 3072);
    // Pixels (0, 0), (0, 1) and (0, 2) of the first image; then the last pixel of it and the first of the second.
    expect([...pixels.subarray(0, 9)]).toEqual([10, 20, 30, 255, 20, 30, 10, 20, 30]);
    expect([...pixels.subarray(3069, 3075)]).toEqual([10, 20, 30, 11, 21, 31]);
    expect([...pixels].filter((value) => value === 255)).toHaveLength(2);
  });

  it('writes into the place it is given, which must be of the right length', () => {
    const room = new Uint8Array(3 * 3072);
    const into = room.subarray(3072, 2 * 3072);
    expect(decodeCifar(byHand(1), { into }).pixels).toBe(into);
    expect([room[3071], room[3072], room[2 * 3072]]).toEqual([0, 10, 0]);
    expect(() => decodeCifar(byHand(1), { into: room })).toThrow('decodeCifar: expected `into` to be of 3072 bytes, got 9216.');
  });

  it('refuses every length that is no multiple of a record, and says where the file ends', () => {
    const bytes = byHand(2);
    for (const length of [1, 2, 3072, 3074, 6145]) {
      expect(refusal(bytes.subarray(0, length))).toBe(
        `reader: expected \`data_batch_1.bin\` to be a CIFAR file of whole records of 3073 bytes, got ${length} bytes, which end ` +
          `${length % 3073} bytes into record ${Math.floor(length / 3073)}. The file is cut short, or there are bytes left over: fetch it again.`,
      );
    }
    expect(refusal(Uint8Array.of(...bytes, 0))).toContain('got 6147 bytes, which end 1 bytes into record 2.');
    expect(refusal(new Uint8Array(0))).toContain('got an empty file. Fetch it again.');
  });

  it('refuses a label beyond the classes, and says which', () => {
    const bytes = byHand(2);
    bytes[cifarRecordLength] = 10;
    expect(refusal(bytes)).toBe(
      'reader: expected `data_batch_1.bin` to be a CIFAR file with labels within 0 .. 9, got 10 at position 1. ' +
        'The file is damaged or of another form: fetch the original again.',
    );
    bytes[cifarRecordLength] = 9;
    expect([...decodeCifar(bytes).labels]).toEqual([7, 9]);
    expect([...decodeCifar(bytes, { classes: 11 }).labels]).toEqual([7, 9]);
    expect(() => decodeCifar(bytes, { classes: 9 })).toThrow('within 0 .. 8, got 9 at position 1');
  });

  it('says what a foreign file looks like, of any length', () => {
    expect(refusal(gzipSync('batches'))).toContain('got a gzip file. Unpack it first.');
    expect(refusal(tar([{ name: 'data_batch_1.bin', content: byHand(1) }]))).toContain('got a tar archive. Unpack it first.');
    expect(refusal(new TextEncoder().encode('<!doctype html>'))).toContain('got an HTML page. Fetch it again.');
    // As long as a record by chance.
    expect(refusal(new TextEncoder().encode('<html>'.padEnd(cifarRecordLength)))).toContain('got an HTML page. Fetch the original');
  });
});

describe('encodeCifar', () => {
  it('writes the bytes worked out by hand', () => {
    const pixels = Uint8Array.from({ length: 2 * 3072 }, (_, i) => 10 * ((i % 3) + 1) + Math.floor(i / 3072));
    pixels[3] = 255;
    pixels[3072 + 3] = 255;
    expect(Buffer.compare(encodeCifar({ pixels, labels: Uint8Array.of(7, 8) }), byHand(2))).toBe(0);
  });

  it('gives back any bytes that are read', () => {
    const bytes = Uint8Array.from({ length: 3 * cifarRecordLength }, (_, i) => (i * i + (i >> 3)) % 256);
    for (let r = 0; r < 3; r++) bytes[r * cifarRecordLength] = r;
    expect(Buffer.compare(encodeCifar(decodeCifar(bytes)), bytes)).toBe(0);
  });

  it('refuses pixels that do not fit the labels', () => {
    expect(() => encodeCifar({ pixels: new Uint8Array(3071), labels: Uint8Array.of(0) })).toThrow(
      'encodeCifar: expected `pixels` to be 1 x 32 x 32 x 3 = 3072 bytes, got 3071.',
    );
    expect(() => encodeCifar({ pixels: new Uint8Array(0), labels: new Uint8Array(0) })).toThrow(
      'expected `labels` to be one label at least',
    );
  });
});
