import { fileError } from './file-error';
import type { FileSource } from './file-source';
import { decodeIdx } from './formats/idx';
import { gunzip, isGzip } from './gunzip';
import { sha256 } from './sha256';

export interface OriginalFile {
  /** Who reads, for errors. */
  readonly owner: string;
  readonly source: FileSource;
  /** Without `.gz`. */
  readonly name: string;
  /** SHA-256 of packed files, by name with `.gz`; nothing is verified where neither record knows this file. */
  readonly packed: Readonly<Record<string, string>>;
  /** SHA-256 of unpacked files, by name without `.gz`. */
  readonly unpacked: Readonly<Record<string, string>>;
  /** The most bytes that unpacking may yield. */
  readonly limit?: number | undefined;
}

/**
 * Reads one original IDX file, `<name>.gz` or else `<name>`, verifies its checksum and unpacks it.
 * Original content that someone has packed anew (or unpacked without renaming) is accepted: what counts is what is inside.
 * A file that is not the original is looked into, so that the refusal can say what it is.
 */
export async function readOriginal(request: OriginalFile): Promise<{ readonly bytes: Uint8Array; readonly file: string }> {
  const { owner, source, name, packed, unpacked } = request;
  let file = `${name}.gz`;
  let bytes = await source.read(file);
  if (bytes === undefined) {
    file = name;
    bytes = await source.read(file);
  }
  if (bytes === undefined) {
    throw fileError('not-found', owner, 'source', {
      rule: `a place with ${name}.gz or ${name}`,
      got: `${source.description}, which has neither`,
      advice: 'Put the original file there.',
    });
  }
  const options = request.limit === undefined ? {} : { limit: request.limit };
  const unpack = async (raw: Uint8Array): Promise<Uint8Array> => (isGzip(raw) ? gunzip(raw, file, owner, options) : raw);

  const wanted = packed[`${name}.gz`] ?? unpacked[name];
  if (wanted === undefined) return { bytes: await unpack(bytes), file };

  const sum = await sha256(bytes);
  if (sum === packed[`${name}.gz`]) return { bytes: await unpack(bytes), file };
  const content = await unpack(bytes);
  const contentSum = content === bytes ? sum : await sha256(content);
  if (contentSum === unpacked[name]) return { bytes: content, file };

  const other = nameOf(packed, sum) ?? nameOf(unpacked, contentSum);
  if (other !== undefined) {
    throw fileError('invalid-data', owner, file, {
      rule: inWords(name),
      got: `${inWords(other)}: this is the content of ${other}`,
      advice: 'The files are swapped: give each its own name back.',
    });
  }
  const { shape } = decodeIdx(content, file, owner);
  throw fileError('corrupt', owner, file, {
    rule: `the original file (SHA-256 ${wanted})`,
    got: `a file of shape [${shape.join(', ')}] with SHA-256 ${sum}`,
    advice:
      'It is damaged, or it belongs to a data set that uses the same file names, as Fashion-MNIST and KMNIST do: fetch the original again.',
  });
}

function nameOf(sums: Readonly<Record<string, string>>, sum: string): string | undefined {
  return Object.keys(sums).find((name) => sums[name] === sum);
}

function inWords(name: string): string {
  return `the ${name.startsWith('train') ? 'training' : 'test'} ${name.includes('labels') ? 'labels' : 'images'}`;
}
