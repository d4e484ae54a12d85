/** Where a data set's files come from: a folder, an archive, a server, memory. */
export interface FileSource {
  /** In plain words, for error messages: `the folder data/mnist`. */
  readonly description: string;
  /** The bytes of one file by its name, or undefined where there is no such file. */
  read(name: string): Promise<Uint8Array | undefined>;
}
