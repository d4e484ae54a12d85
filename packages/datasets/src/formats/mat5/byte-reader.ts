/** Bytes that come in chunks, taken in the lengths that a format asks for: no more than one chunk is held. */
export interface ByteReader {
  /** How many bytes were taken so far. */
  position(): number;
  /** Whether there is nothing more to take. */
  ended(): Promise<boolean>;
  /** Exactly so many bytes; a view of a chunk where they lie within one. `what` says what they are, for the error where they are missing. */
  take(length: number, what: string): Promise<Uint8Array>;
  /** The next bytes as they come, at most so many; at least one. */
  some(length: number, what: string): Promise<Uint8Array>;
  /** Leaves so many bytes out. */
  skip(length: number, what: string): Promise<void>;
}

/**
 * @param chunks Where the bytes come from.
 * @param cutShort The error where they end too early.
 */
export function byteReader(
  chunks: AsyncIterator<Uint8Array>,
  cutShort: (what: string, position: number, missing: number) => Error,
): ByteReader {
  let chunk = new Uint8Array(0) as Uint8Array;
  let offset = 0;
  let position = 0;

  /** Makes sure that a byte is at hand; false at the end. */
  const fill = async (): Promise<boolean> => {
    while (offset === chunk.length) {
      const next = await chunks.next();
      if (next.done) return false;
      chunk = next.value;
      offset = 0;
    }
    return true;
  };
  const some = async (length: number, what: string): Promise<Uint8Array> => {
    if (!(await fill())) throw cutShort(what, position, length);
    const piece = chunk.subarray(offset, offset + length);
    offset += piece.length;
    position += piece.length;
    return piece;
  };

  return {
    position: () => position,
    ended: async () => !(await fill()),
    some,
    take: async (length, what) => {
      const first = length === 0 ? new Uint8Array(0) : await some(length, what);
      if (first.length === length) return first;
      const whole = new Uint8Array(length);
      whole.set(first);
      for (let filled = first.length; filled < length; ) {
        const piece = await some(length - filled, what);
        whole.set(piece, filled);
        filled += piece.length;
      }
      return whole;
    },
    skip: async (length, what) => {
      for (let left = length; left > 0; ) left -= (await some(left, what)).length;
    },
  };
}
