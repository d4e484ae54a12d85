/**
 * A record as TensorFlow frames it: length (8 bytes, little-endian), its masked CRC-32C, the data, their masked CRC-32C.
 * The mask, rotate right by 15 and add a constant, is for data that hold checksums themselves. Source:
 * https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
 */
/// <reference path="../crc-32c.d.ts" />
import crc32c from 'crc-32/crc32c.js';

export function tfRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(8 + 4 + data.length + 4);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc32c(data), true);
  return record;
}

export function maskedCrc32c(data: Uint8Array): number {
  const crc = crc32c.buf(data) >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
