import { looksLike } from '../looks-like';
import type { ByteReader } from './byte-reader';
import { fetchAgain, type Mat5Fault } from './mat5-fault';

const headerLength = 128;
const rule = 'a MAT-file of version 5';
const saveAgain = "Save it as version 5: `save(file, ..., '-v7')` in MATLAB, `scipy.io.savemat` in Python.";

/**
 * Reads the 128 bytes at the start of a file: 116 of text, 8 that matter to MATLAB alone, two of version, and two letters, written as one
 * number, which tell the order of bytes.
 *
 * @returns whether numbers are little-endian.
 */
export async function checkMat5Header(reader: ByteReader, fault: Mat5Fault): Promise<boolean> {
  const header = await start(reader);
  if (header.length === 0) throw fault(rule, 'an empty file', 'Fetch it again.');
  const text = String.fromCharCode(...header);
  const foreign = looksLike(header);
  if (text.startsWith('MATLAB 7.3') || foreign === 'an HDF5 file') {
    throw fault(rule, 'a file of version 7.3, which is HDF5 inside', saveAgain, { code: 'unsupported' });
  }
  if (foreign !== undefined && foreign !== 'a MATLAB file') throw fault(rule, foreign, 'Fetch the original file again.');
  if (isVersion4(header)) throw fault(rule, 'a file of version 4, as far as its first bytes tell', saveAgain, { code: 'unsupported' });
  if (header.length < headerLength) {
    throw fault(
      `${rule}, with a header of ${headerLength} bytes`,
      `${header.length} bytes in all`,
      'The file is cut short: fetch it again.',
    );
  }
  const order = text.slice(126);
  if (order !== 'IM' && order !== 'MI') {
    const got = text.startsWith('MATLAB 5.0') ? 'a header that does not tell the order of bytes' : 'something else';
    throw fault(rule, got, fetchAgain);
  }
  const version = new DataView(header.buffer, header.byteOffset).getUint16(124, order === 'IM');
  if (version === 0x0200) throw fault(rule, 'a file of version 7.3, which is HDF5 inside', saveAgain, { code: 'unsupported' });
  if (version !== 0x0100) throw fault(rule, `a header of the unknown version 0x${version.toString(16).padStart(4, '0')}`, fetchAgain);
  return order === 'IM';
}

/** The header, or all there is where the file is shorter. */
async function start(reader: ByteReader): Promise<Uint8Array> {
  const bytes: number[] = [];
  while (bytes.length < headerLength && !(await reader.ended()))
    bytes.push(...(await reader.some(headerLength - bytes.length, 'the header')));
  return Uint8Array.from(bytes);
}

/**
 * Version 4 has no header. Its first number has four decimal digits: order of bytes (0 .. 4), always 0, precision (0 .. 5), kind of
 * matrix (0 .. 2). One of its bytes is 0 then, which version 5 excludes. Four zero bytes are no sign of anything.
 */
function isVersion4(header: Uint8Array): boolean {
  if (header.length < 20) return false;
  const view = new DataView(header.buffer, header.byteOffset);
  return [true, false].some((littleEndian) => {
    const first = view.getUint32(0, littleEndian);
    const digits = [1000, 100, 10, 1].map((place) => Math.floor(first / place) % 10) as [number, number, number, number];
    // Rows, columns and the length of a name follow.
    const likely = [4, 8, 16].every((offset) => view.getUint32(offset, littleEndian) < 2 ** 24);
    return (
      first > 0 && first < 5000 && digits[1] === 0 && digits[2] <= 5 && digits[3] <= 2 && likely && view.getUint32(16, littleEndian) > 0
    );
  });
}
