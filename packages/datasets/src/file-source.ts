import { expected } from '@groundstate/core';

/** A file that is read in pieces. */
export interface OpenFile {
  /** Bytes of the file. */
  readonly size: number;
  /** Its bytes in order, to be taken once. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** SHA-256, in hexadecimal, of all that `chunks` gave; to be asked for when they are all taken. */
  sha256(): Promise<string>;
}

/** Where a data set's files come from: a folder, an archive, a server, memory. */
export interface FileSource {
  /** In plain words, for error messages: `the folder data/mnist`. */
  readonly description: string;
  /** The bytes of one file by its name, or undefined where there is no such file. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** The same in pieces, so that a file of gigabytes need not be held whole. Where this is missing, `read` is called. */
  open?(name: string): Promise<OpenFile | undefined>;
}

/** @throws GroundstateError `invalid-argument` where there is no source. */
export function checkSource(owner: string, source: FileSource | undefined): void {
  if (typeof source?.read === 'function') return;
  const advice = "Take `directorySource` from '@groundstate/datasets/node', or write its two fields yourself.";
  throw expected(owner, 'source', 'a file source', source, advice);
}
