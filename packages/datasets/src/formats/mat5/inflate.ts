/** What comes out of a zlib stream, chunk by chunk, and a way to leave it. */
export interface Inflated {
  readonly chunks: AsyncIterator<Uint8Array>;
  /** Stops, and waits until nothing more is taken from the compressed bytes. To be called in every case. */
  close(): Promise<void>;
}

/**
 * Unpacks a zlib stream (RFC 1950) with the web's own `DecompressionStream`. Its checksum, Adler-32, is verified at the end.
 *
 * Every piece is written by hand when the one before is used up. Node's streams know no other brake: their queues are measured in chunks
 * where bytes are meant, so that `pipeThrough` takes in some 16,000 pieces, hundreds of megabytes, before the first byte comes out.
 *
 * @param next The compressed bytes; undefined at their end.
 * @param damaged The error for what zlib refuses, from its words.
 */
export function inflate(next: () => Promise<Uint8Array | undefined>, damaged: (reason: string, cause: unknown) => Error): Inflated {
  const { readable, writable } = new DecompressionStream('deflate');
  const writer = writable.getWriter();
  const reader = readable.getReader();
  let closed = false;
  // What `next` throws is kept here: on its way through the streams it may be replaced by an AbortError.
  let fault: { readonly error: unknown } | undefined;
  let underWay: Promise<unknown> = Promise.resolve();

  const take = async (): Promise<Uint8Array | undefined> => {
    try {
      return await next();
    } catch (error) {
      fault = { error };
      throw error;
    }
  };
  const feed = async (): Promise<void> => {
    while (!closed) {
      const taken = take();
      underWay = taken.catch(() => undefined);
      const piece = await taken;
      if (piece === undefined) return writer.close();
      await writer.write(piece as Uint8Array<ArrayBuffer>);
    }
  };
  let started = false;

  return {
    chunks: {
      next: async () => {
        // What goes wrong there is told here as well, by the read that fails.
        if (!started) feed().catch((error: unknown) => writer.abort(error).catch(() => undefined));
        started = true;
        try {
          const { done, value } = await reader.read();
          return done ? { done: true, value: undefined } : { done: false, value };
        } catch (thrown) {
          if (fault !== undefined) throw fault.error;
          // From Node 22 on, what zlib says comes inside a TypeError that says nothing.
          const cause = thrown instanceof Error && thrown.message === '' && thrown.cause !== undefined ? thrown.cause : thrown;
          throw damaged(cause instanceof Error ? cause.message : String(cause), cause);
        }
      },
    },
    close: async () => {
      closed = true;
      // A stream that has failed already says so again here, to nobody's use.
      await reader.cancel().catch(() => undefined);
      await underWay;
    },
  };
}
