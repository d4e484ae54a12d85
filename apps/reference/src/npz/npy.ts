/**
 * Arrays as numpy writes them: a magic number, a header in the syntax of Python, the numbers row by row, all little-endian.
 * Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
 */
import { GroundstateError } from '@groundstate/core';

/** Text is an array of fixed width in numpy, and has a kind of its own here. */
export type NpyArray = {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array | Int32Array | Uint8Array | readonly string[] | readonly boolean[];
};

const magic = Uint8Array.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]);

/** The parts of the file, one after the other. */
export function encodeNpy({ shape, values }: NpyArray): readonly Uint8Array[] {
  const { type, bytes } = encoded(values);
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${sizes}), }`;
  // Numbers begin at a multiple of 64 bytes; a line feed ends the header.
  const length = Math.ceil((magic.length + 4 + text.length + 1) / 64) * 64;
  const header = Buffer.alloc(length, ' ');
  header.set(magic);
  header.set([1, 0], magic.length);
  header.writeUInt16LE(length - magic.length - 4, magic.length + 2);
  header.write(text, magic.length + 4, 'latin1');
  header[length - 1] = 0x0a;
  return [header, bytes];
}

function encoded(values: NpyArray['values']): { readonly type: string; readonly bytes: Uint8Array } {
  if (values instanceof Float32Array) return { type: '<f4', bytes: littleEndian(values) };
  if (values instanceof Float64Array) return { type: '<f8', bytes: littleEndian(values) };
  if (values instanceof Int32Array) return { type: '<i4', bytes: littleEndian(values) };
  if (values instanceof Uint8Array) return { type: '|u1', bytes: values };
  if (typeof values[0] === 'boolean') return { type: '|b1', bytes: Uint8Array.from(values as readonly boolean[], Number) };
  const texts = (values as readonly string[]).map((text) => Array.from(text, (letter) => letter.codePointAt(0)!));
  const width = Math.max(1, ...texts.map((letters) => letters.length));
  const letters = new Int32Array(width * texts.length);
  for (const [i, text] of texts.entries()) letters.set(text, i * width);
  return { type: `<U${width}`, bytes: littleEndian(letters) };
}

/** Every machine that Node runs on in practice is so; another must not write what cannot be read. */
function littleEndian({ buffer, byteOffset, byteLength }: Float32Array | Float64Array | Int32Array): Uint8Array {
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1) {
    throw new GroundstateError('unsupported', 'npy: expected `machine` to be little-endian, got a big-endian one.');
  }
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** `name`: for errors. Integers of 64 bits become float64, which holds those below 2 ^ 53. */
export function decodeNpy(file: Uint8Array, name: string): NpyArray {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 10 || magic.some((byte, i) => file[i] !== byte)) throw corrupt(name, 'an array as numpy writes it', 'another file');
  const version = file[6]!;
  const start = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : file.length < 12 ? 0 : view.getUint32(8, true);
  const header = new TextDecoder().decode(file.subarray(start, start + length));
  const [, type] = /'descr':\s*'([^']*)'/.exec(header) ?? [];
  const [, order] = /'fortran_order':\s*(True|False)/.exec(header) ?? [];
  const [, sizes] = /'shape':\s*\(([\d,\sL]*)\)/.exec(header) ?? [];
  if (type === undefined || order === undefined || sizes === undefined) throw corrupt(name, 'an array of plain numbers or text', header);
  if (order === 'True') throw corrupt(name, 'in rows (C order)', 'in columns (Fortran order)', 'Save it with numpy.ascontiguousarray.');
  const shape = sizes
    .split(',')
    .map((size) => size.trim())
    .filter(Boolean)
    .map((size) => Number.parseInt(size, 10));
  const count = shape.reduce((product, size) => product * size, 1);
  // A copy: numbers must begin at a multiple of their size.
  const bytes = new Uint8Array(file.subarray(start + length));
  return { shape, values: decoded(type, bytes, count, name) };
}

function decoded(type: string, bytes: Uint8Array, count: number, name: string): NpyArray['values'] {
  const [, kind, width] = /^[<|=]([fiubU])(\d+)$/.exec(type) ?? [];
  const size = Number(width) * (kind === 'U' ? 4 : 1);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = kind === undefined ? undefined : readers[`${kind}${width}`];
  if (kind !== 'U' && kind !== 'b' && !read) {
    throw corrupt(name, 'of a type among float32, float64, int8 to int64, uint8 to uint64, bool and text', type);
  }
  if (bytes.length !== size * count) throw corrupt(name, `${size * count} bytes of numbers`, `${bytes.length}`);
  if (kind === 'b') return Array.from(bytes, (byte) => byte !== 0);
  if (kind === 'U') {
    return Array.from({ length: count }, (_, i) => {
      const letters = Array.from({ length: Number(width) }, (_, j) => view.getUint32(i * size + 4 * j, true));
      return String.fromCodePoint(...letters.filter((letter) => letter !== 0));
    });
  }
  if (type === '<f4') return new Float32Array(bytes.buffer, bytes.byteOffset, count);
  if (type === '<i4') return new Int32Array(bytes.buffer, bytes.byteOffset, count);
  if (type === '|u1') return bytes;
  return Float64Array.from({ length: count }, (_, i) => read!(view, i * size));
}

const readers: Readonly<Record<string, (view: DataView, at: number) => number>> = {
  f4: (view, at) => view.getFloat32(at, true),
  f8: (view, at) => view.getFloat64(at, true),
  i1: (view, at) => view.getInt8(at),
  i2: (view, at) => view.getInt16(at, true),
  i4: (view, at) => view.getInt32(at, true),
  i8: (view, at) => Number(view.getBigInt64(at, true)),
  u1: (view, at) => view.getUint8(at),
  u2: (view, at) => view.getUint16(at, true),
  u4: (view, at) => view.getUint32(at, true),
  u8: (view, at) => Number(view.getBigUint64(at, true)),
};

function corrupt(name: string, rule: string, got: string, advice = 'The file is damaged, or not of this kind.'): GroundstateError {
  return new GroundstateError('corrupt', `npy: expected \`${name}\` to be ${rule}, got ${JSON.stringify(got.slice(0, 60))}. ${advice}`);
}
