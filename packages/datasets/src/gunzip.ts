import { fileError } from './file-error';
import { looksLike } from './formats/looks-like';

/** Whether the bytes start as every gzip file does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Decompresses a gzip file with the web's own `DecompressionStream` (Node 20 and every current browser), which checks the CRC-32 and the length.
 *
 * @param bytes The compressed file.
 * @param file Its name, for errors.
 * @param owner Who reads it, for errors.
 * @param options.limit Give up beyond this many decompressed bytes, so that a hostile file cannot fill the memory. @default 2 ** 30
 * @throws GroundstateError `corrupt` where the file is no gzip file, is cut short or damaged, or grows beyond the limit.
 */
export async function gunzip(
  bytes: Uint8Array,
  file = 'bytes',
  owner = 'gunzip',
  options: { readonly limit?: number } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const limit = options.limit ?? 2 ** 30;
  if (!isGzip(bytes)) {
    const got = bytes.length === 0 ? 'an empty file' : (looksLike(bytes) ?? 'something else');
    throw fileError('corrupt', owner, file, { rule: 'a gzip file', got, advice: 'Fetch the original file again.' });
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    const reader = streamOf(bytes).pipeThrough(new DecompressionStream('gzip')).getReader();
    for (let turn = await reader.read(); !turn.done; turn = await reader.read()) {
      chunks.push(turn.value);
      length += turn.value.length;
      if (length > limit) {
        await reader.cancel();
        break;
      }
    }
  } catch (thrown) {
    // From Node 22 on, what zlib says comes inside a TypeError that says nothing.
    const cause = thrown instanceof Error && thrown.message === '' && thrown.cause !== undefined ? thrown.cause : thrown;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw fileError('corrupt', owner, file, {
      rule: 'a whole gzip file',
      got: `${bytes.length} bytes that are cut short or damaged (${reason})`,
      advice: 'Fetch the file again.',
      cause,
    });
  }
  if (length > limit) {
    throw fileError('corrupt', owner, file, {
      rule: `a gzip file of at most ${limit} bytes once decompressed`,
      got: 'more',
      advice: 'It is not what its name says: fetch the original file again.',
    });
  }
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}

/** A copy: the stream's type asks for bytes that no other thread can change. */
function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new Blob([new Uint8Array(bytes)]).stream();
}
