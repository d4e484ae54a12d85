/** Tar archives made by hand, by the POSIX description of ustar: another road than the library that reads them. */

export interface TarEntry {
  readonly name: string;
  readonly content?: Uint8Array;
  /** 0 a file, 1 a hard link, 2 a symbolic link, 5 a folder. @default 0 */
  readonly type?: 0 | 1 | 2 | 5;
  readonly link?: string;
}

export function tar(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap(({ name, content = new Uint8Array(0), type = 0, link = '' }) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write('0000644\0', 100);
    header.write('0000000\0', 108);
    header.write('0000000\0', 116);
    header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('00000000000\0', 136);
    header.write('        ', 148);
    header.write(String(type), 156);
    header.write(link, 157);
    header.write('ustar\x0000', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}
