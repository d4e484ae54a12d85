import type { ByteReader } from './byte-reader';
import { fetchAgain, type Mat5Fault } from './mat5-fault';

/** What stands before every piece of data: its type and length. */
export interface Mat5Tag {
  readonly type: number;
  /** Bytes of data, without padding. */
  readonly length: number;
  /** Data of at most four bytes may stand in the tag itself. */
  readonly inside?: Uint8Array;
  /** Bytes of data and padding that follow the tag: within an array, all is padded to a multiple of eight. */
  readonly follows: number;
}

/** What reading elements of a file needs to know of it. */
export interface Mat5Place {
  readonly reader: ByteReader;
  readonly littleEndian: boolean;
  readonly fault: Mat5Fault;
}

export async function readTag({ reader, littleEndian, fault }: Mat5Place, what: string): Promise<Mat5Tag> {
  const bytes = await reader.take(8, `the tag of ${what}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  const first = view.getUint32(0, littleEndian);
  const short = first >>> 16;
  if (short === 0) {
    const length = view.getUint32(4, littleEndian);
    return { type: first, length, follows: 8 * Math.ceil(length / 8) };
  }
  if (short > 4) throw fault(`a MAT-file whose short elements have at most 4 bytes`, `${short} bytes for ${what}`, fetchAgain);
  return { type: first & 0xffff, length: short, inside: bytes.subarray(4, 4 + short), follows: 0 };
}

/** An element whole: for those of a few bytes. `length` is what it must have, or a limit. */
export async function readElement(
  place: Mat5Place,
  what: string,
  limit: number,
): Promise<{ readonly type: number; readonly bytes: Uint8Array }> {
  const { type, length, inside, follows } = await readTag(place, what);
  if (inside !== undefined) return { type, bytes: inside };
  if (length > limit) throw place.fault(`a MAT-file with at most ${limit} bytes for ${what}`, `${length}`, fetchAgain);
  const bytes = await place.reader.take(length, what);
  await place.reader.skip(follows - length, `the padding after ${what}`);
  return { type, bytes };
}
