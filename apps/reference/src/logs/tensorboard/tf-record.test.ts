import { expect, it } from 'vitest';
import { crc32c, readEventFile } from '../../../tests/event-file';
import { encodeMessage } from './event-message';
import { maskedCrc32c, tfRecord } from './tf-record';

/** The test vectors of RFC 3720, B.4, and the check value of the catalogue of CRCs. */
const vectors: readonly (readonly [Uint8Array, number])[] = [
  [new TextEncoder().encode('123456789'), 0xe3069283],
  [new Uint8Array(32), 0x8a9136aa],
  [new Uint8Array(32).fill(0xff), 0x62a8ab43],
  [Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  [Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
];

it.each(vectors)('the masked CRC-32C of vector %# is that of the RFC, rotated and shifted', (data, crc) => {
  // 32 bits rotated right by 15 are 32 bits rotated left by 17; all modulo 2^32.
  const rotated = Number((BigInt(crc) >> 15n) | ((BigInt(crc) << 17n) & 0xffffffffn));
  expect(maskedCrc32c(data)).toBe((rotated + 0xa282ead8) % 2 ** 32);
  // The reader of these tests, by itself.
  expect(crc32c(data)).toBe(crc);
});

it('the frame is the one that TensorBoard 2.21 accepts: a file with its version alone', () => {
  const record = tfRecord(encodeMessage({ what: 'version', wallTime: 0, step: 0 }));
  // Length 26: 1 + 8 for the time, 1 + 1 for the step, 1 + 1 + 13 for `brain.Event:2`; 16 for the frame.
  expect(record.length).toBe(9 + 2 + 15 + 16);
  expect([...record.subarray(0, 8)]).toEqual([26, 0, 0, 0, 0, 0, 0, 0]);
  expect(readEventFile(record)).toEqual([{ wallTime: 0, step: 0, version: 'brain.Event:2', values: [] }]);
});
