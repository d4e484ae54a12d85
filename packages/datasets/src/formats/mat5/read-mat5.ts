/**
 * MAT-files of version 5, MATLAB's format for arrays (`save -v7` and earlier), read from front to back in pieces: of a large array never more
 * is held than what its receiver keeps. After a header come elements, one for each array: a tag, and then its parts, each with a tag of its
 * own, or a zlib stream of all that.
 *
 * Source: "MAT-File Format", The MathWorks, R2021b, https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf.
 */
import { byteReader } from './byte-reader';
import { checkMat5Header } from './check-mat5-header';
import { inflate } from './inflate';
import { fetchAgain, mat5Fault } from './mat5-fault';
import { compressedType, matrixType } from './mat5-types';
import { type Mat5Wishes, readMatrix } from './read-matrix';
import { type Mat5Place, readTag } from './read-tag';

/** A MAT-file, and who wants what of it. */
export interface ReadMat5Request extends Mat5Wishes {
  /** Who reads, for errors. */
  readonly owner: string;
  /** Its name, for errors. */
  readonly file: string;
  /** Bytes of the file. */
  readonly size: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Compressed bytes handed to zlib at once. */
const piece = 1 << 16;
/** Deflate's best: 258 bytes from two bits. A stream that is said to hold more does not, and no memory is taken for it. */
const bestRatio = 1032;

/**
 * Reads a MAT-file to its end. Every array that is wanted is checked whole; of others no more than their length.
 *
 * @throws GroundstateError `corrupt` where bytes are missing, left over, damaged or make no sense; `unsupported` for other versions, and
 *   for arrays that are wanted and hold something else than real numbers.
 */
export async function readMat5(request: ReadMat5Request): Promise<void> {
  const { owner, file, size, chunks, receive } = request;
  const fault = mat5Fault(owner, file);
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    const reader = byteReader(iterator, (what, position) =>
      fault('a whole MAT-file', `${position} bytes that end in ${what}`, 'The file is cut short: fetch it again.'),
    );
    const place: Mat5Place = { reader, littleEndian: await checkMat5Header(reader, fault), fault };
    const seen = new Set<string>();
    const wishes: Mat5Wishes = {
      receive,
      wants: (name) => {
        if (!request.wants(name)) return false;
        if (seen.has(name)) throw fault(`a MAT-file with one array \`${name}\``, 'two', fetchAgain);
        seen.add(name);
        return true;
      },
    };
    while (!(await reader.ended())) {
      const at = reader.position();
      const { type, length, inside } = await readTag(place, 'an array');
      if ((type !== matrixType && type !== compressedType) || inside !== undefined) {
        throw fault('a MAT-file made of arrays', `an element of type ${type} at byte ${at}`, fetchAgain);
      }
      const left = size - reader.position();
      if (length > left) {
        throw fault(
          'a whole MAT-file',
          `${size} bytes, of which ${left} are left for an array of ${length}`,
          'The file is cut short: fetch it again.',
        );
      }
      const end = reader.position() + length;
      if (type === compressedType) await readCompressed(place, length, wishes);
      else await readMatrix(place, length, wishes);
      await reader.skip(end - reader.position(), 'an array');
    }
  } finally {
    await iterator.return?.();
  }
}

async function readCompressed({ reader, littleEndian, fault }: Mat5Place, length: number, wishes: Mat5Wishes): Promise<void> {
  const at = reader.position();
  const rule = `a MAT-file whose compressed array at byte ${at} is whole`;
  const cutShort = (what: string, position: number): Error =>
    fault(rule, `a zlib stream of ${position} bytes that end in ${what}`, fetchAgain);
  const { chunks, close } = inflate(
    async () => {
      const left = at + length - reader.position();
      return left === 0 ? undefined : await reader.some(Math.min(left, piece), 'a compressed array');
    },
    (reason, cause) => fault(rule, `bytes that are cut short or damaged (${reason})`, fetchAgain, { cause }),
  );
  try {
    const unpacked = byteReader(chunks, cutShort);
    const inner: Mat5Place = { reader: unpacked, littleEndian, fault };
    const tag = await readTag(inner, 'a compressed array');
    if (tag.type !== matrixType || tag.inside !== undefined) {
      throw fault(`a MAT-file with an array in the zlib stream at byte ${at}`, `an element of type ${tag.type}`, fetchAgain);
    }
    if (tag.length > bestRatio * length) {
      throw fault(rule, `${length} bytes that are said to hold ${tag.length}, more than any can`, fetchAgain);
    }
    if (!(await readMatrix(inner, tag.length, wishes))) return;
    // Also what verifies the checksum, which stands at the end of the stream.
    if (!(await unpacked.ended())) throw fault(rule, `more than the ${tag.length} bytes that it is said to hold`, fetchAgain);
    if (reader.position() !== at + length) throw fault(rule, 'bytes left over after its zlib stream', fetchAgain);
  } finally {
    await close();
  }
}
