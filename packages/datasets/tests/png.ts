/** PNG files made by hand with zlib: another road than the library that reads them. */
import { crc32, deflateSync } from 'node:zlib';

export interface PngRequest {
  readonly width: number;
  readonly height: number;
  /** 0 grey, 2 colours, 3 palette, 4 grey with alpha, 6 colours with alpha. */
  readonly type: 0 | 2 | 3 | 4 | 6;
  readonly depth?: 8 | 16;
  /** Samples, row by row. */
  readonly samples: readonly number[];
  readonly palette?: readonly number[];
}

const channelsOf = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

export function png({ width, height, type, depth = 8, samples, palette }: PngRequest): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, type, 0, 0, 0], 8);
  const each = width * channelsOf[type];
  const rows: number[] = [];
  for (let row = 0; row < height; row++) {
    rows.push(0);
    for (const sample of samples.slice(row * each, (row + 1) * each)) rows.push(...(depth === 16 ? [sample >> 8, sample & 255] : [sample]));
  }
  const chunks = [chunk('IHDR', header)];
  if (palette !== undefined) chunks.push(chunk('PLTE', Buffer.from(palette)));
  chunks.push(chunk('IDAT', deflateSync(Buffer.from(rows))), chunk('IEND', Buffer.alloc(0)));
  return Buffer.concat([Buffer.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), ...chunks]);
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
