/**
 * Archives of a few files, as numpy's npz are: written without compression, read with and without. Format: APPNOTE.TXT 6.3.3 of
 * PKWARE, without its extension for more than 4 GiB.
 */
import { inflateRawSync } from 'node:zlib';
import { GroundstateError } from '@groundstate/core';
import checksum from 'crc-32';

const limit = 2 ** 32 - 1;
const signatures = { file: 0x04034b50, entry: 0x02014b50, end: 0x06054b50 };
/** The first of January 1980, the first day that there is: the same content gives the same file. */
const date = 0x21;
/** Names in UTF-8. */
const flags = 0x800;

export type ZipEntry = { readonly name: string; readonly parts: readonly Uint8Array[] };

/** The parts of the archive, one after the other. */
export function encodeZip(entries: readonly ZipEntry[]): readonly Uint8Array[] {
  const files: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const { name, parts } of entries) {
    const bytes = Buffer.from(name, 'utf8');
    const size = lengthOf(parts);
    const sum = parts.reduce((seed, part) => checksum.buf(part, seed), 0) >>> 0;
    // Version needed, flags, method (stored), time, date, checksum, sizes packed and unpacked, lengths of name and extra.
    const about = [
      [20, 2],
      [flags, 2],
      [0, 2],
      [0, 2],
      [date, 2],
      [sum, 4],
      [size, 4],
      [size, 4],
      [bytes.length, 2],
      [0, 2],
    ] as const;
    const header = fields([signatures.file, 4], ...about);
    files.push(header, bytes, ...parts);
    // Made by, then the same, then lengths of comment, number of disk, attributes within and without, place of the file.
    directory.push(fields([signatures.entry, 4], [20, 2], ...about, [0, 2], [0, 2], [0, 2], [0, 4], [at, 4]), bytes);
    at += header.length + bytes.length + size;
    if (at > limit) {
      const size = `${(at / 2 ** 30).toFixed(1)} GiB`;
      throw new GroundstateError(
        'unsupported',
        `zip: expected \`archive\` to be of less than 4 GiB, got ${size}. Save fewer examples, or fewer attacks at a time.`,
      );
    }
  }
  const count = entries.length;
  const end = fields([signatures.end, 4], [0, 2], [0, 2], [count, 2], [count, 2], [lengthOf(directory), 4], [at, 4], [0, 2]);
  return [...files, ...directory, end];
}

const lengthOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, { length }) => sum + length, 0);

function fields(...values: readonly (readonly [value: number, bytes: 2 | 4])[]): Buffer {
  const buffer = Buffer.alloc(values.reduce((sum, [, bytes]) => sum + bytes, 0));
  let at = 0;
  for (const [value, bytes] of values) at = buffer.writeUIntLE(value, at, bytes);
  return buffer;
}

/** `path`: for errors. Content by name. */
export function decodeZip(archive: Buffer, path: string): ReadonlyMap<string, Uint8Array> {
  try {
    return decode(archive, path);
  } catch (cause) {
    if (GroundstateError.is(cause)) throw cause;
    // Places and lengths that lead out of the file.
    throw corrupt(path, 'a whole zip archive', (cause as Error).message, cause);
  }
}

function decode(archive: Buffer, path: string): ReadonlyMap<string, Uint8Array> {
  const earliest = Math.max(0, archive.length - 22 - 0xffff);
  let end = archive.length - 22;
  while (end >= earliest && archive.readUInt32LE(end) !== signatures.end) end--;
  if (end < earliest) throw corrupt(path, 'a zip archive', archive.length === 0 ? 'an empty file' : 'a file without the end of one');
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  const found = new Map<string, Uint8Array>();
  for (let i = 0; i < count; i++) {
    if (archive.readUInt32LE(at) !== signatures.entry) throw corrupt(path, 'a whole zip archive', `a damaged list of files at byte ${at}`);
    const method = archive.readUInt16LE(at + 10);
    const sum = archive.readUInt32LE(at + 16);
    const [packed, size] = [archive.readUInt32LE(at + 20), archive.readUInt32LE(at + 24)];
    const [name, extra, comment] = [archive.readUInt16LE(at + 28), archive.readUInt16LE(at + 30), archive.readUInt16LE(at + 32)];
    const place = archive.readUInt32LE(at + 42);
    const title = archive.toString('utf8', at + 46, at + 46 + name);
    if (size === limit || place === limit) throw corrupt(path, 'an archive of less than 4 GiB', `${title} in a larger one`);
    if (archive.readUInt32LE(place) !== signatures.file) throw corrupt(path, 'a whole zip archive', `${title} in another place`);
    const start = place + 30 + archive.readUInt16LE(place + 26) + archive.readUInt16LE(place + 28);
    const content = archive.subarray(start, start + packed);
    if (method !== 0 && method !== 8) throw corrupt(path, 'a zip archive that is stored or deflated', `method ${method} for ${title}`);
    const bytes = method === 0 ? content : inflateRawSync(content, { maxOutputLength: Math.max(1, size) });
    if (bytes.length !== size || checksum.buf(bytes) >>> 0 !== sum)
      throw corrupt(path, 'a whole zip archive', `${title} with a wrong checksum`);
    found.set(title, bytes);
    at += 46 + name + extra + comment;
  }
  return found;
}

function corrupt(path: string, rule: string, got: string, cause?: unknown): GroundstateError {
  return new GroundstateError('corrupt', `zip: expected \`${path}\` to be ${rule}, got ${got}. Write the file again.`, { cause });
}
