/** First bytes that tell what a file really is, and the words for it. Latin-1 text, since bytes map to it one to one. */
const signatures: readonly (readonly [start: string, words: string])[] = [
  ['\x1f\x8b', 'a gzip file'],
  ['\x89PNG', 'a PNG image'],
  ['\xff\xd8\xff', 'a JPEG image'],
  ['GIF8', 'a GIF image'],
  ['PK\x03\x04', 'a zip archive'],
  ['BZh', 'a bzip2 file'],
  ['\xfd7zXZ', 'an xz file'],
  ['\x93NUMPY', 'a NumPy array'],
  ['\x89HDF', 'an HDF5 file'],
  ['MATLAB 5.0', 'a MATLAB file'],
  ['PAR1', 'a Parquet file'],
  ['%PDF', 'a PDF document'],
  ['version https://git-lfs', 'a Git LFS pointer in place of the file itself'],
];

/**
 * What a file looks like by its first bytes, in words for an error message; undefined where they say nothing.
 * Failed downloads are mostly web pages: those are recognised whatever their case and leading blanks.
 */
export function looksLike(bytes: Uint8Array): string | undefined {
  let start = '';
  for (const byte of bytes.subarray(0, 64)) start += String.fromCharCode(byte);
  if (isTar(bytes)) return 'a tar archive';
  const known = signatures.find(([signature]) => start.startsWith(signature));
  if (known !== undefined) return known[1];
  const text = start
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
    .toLowerCase();
  if (text.startsWith('<!doctype html') || text.startsWith('<html')) return 'an HTML page';
  if (text.startsWith('<?xml') || text.startsWith('<error')) return 'an XML document';
  if (/^[{[]\s*["{[]/.test(text)) return 'a JSON document';
  return undefined;
}

/** A tar archive begins with the name of its first file; what tells it stands behind that. */
function isTar(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(257, 262)) === 'ustar';
}
