/** The numbers that a MAT v5 file calls its types by. Source: "MAT-File Format", The MathWorks, R2021b, tables 1-1 and 1-3. */

/** The classes of arrays that hold real numbers, by the names that MATLAB and NumPy share. */
export type Mat5Class = 'double' | 'single' | 'int8' | 'uint8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'int64' | 'uint64';

/** The values of one array. */
export type Mat5Values =
  | Float64Array
  | Float32Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** An array of numbers, first axis fastest: MATLAB's order, the reverse of everybody else's. At least two axes. */
export interface Mat5Array {
  readonly shape: readonly number[];
  /** In the type of its class. To be written it may be of a smaller type, as MATLAB itself stores whole numbers of class double. */
  readonly data: Mat5Values;
  /** What MATLAB takes it for. @default the type of `data` */
  readonly class?: Mat5Class;
}

/** How numbers of one kind lie in a file and in memory. */
export interface Mat5Number {
  readonly class: Mat5Class;
  /** Of an array, in its flags. */
  readonly classCode: number;
  /** Of stored values, in the tag of an element. */
  readonly typeCode: number;
  /** Bytes. */
  readonly size: number;
  readonly make: (length: number) => Mat5Values;
  readonly read: (view: DataView, offset: number, littleEndian: boolean) => number | bigint;
  readonly write: (view: DataView, offset: number, value: never, littleEndian: boolean) => void;
}

export const mat5Numbers: readonly Mat5Number[] = [
  {
    class: 'double',
    classCode: 6,
    typeCode: 9,
    size: 8,
    make: (length) => new Float64Array(length),
    read: (view, offset, littleEndian) => view.getFloat64(offset, littleEndian),
    write: (view, offset, value, littleEndian) => view.setFloat64(offset, value, littleEndian),
  },
  {
    class: 'single',
    classCode: 7,
    typeCode: 7,
    size: 4,
    make: (length) => new Float32Array(length),
    read: (view, offset, littleEndian) => view.getFloat32(offset, littleEndian),
    write: (view, offset, value, littleEndian) => view.setFloat32(offset, value, littleEndian),
  },
  {
    class: 'int8',
    classCode: 8,
    typeCode: 1,
    size: 1,
    make: (length) => new Int8Array(length),
    read: (view, offset) => view.getInt8(offset),
    write: (view, offset, value) => view.setInt8(offset, value),
  },
  {
    class: 'uint8',
    classCode: 9,
    typeCode: 2,
    size: 1,
    make: (length) => new Uint8Array(length),
    read: (view, offset) => view.getUint8(offset),
    write: (view, offset, value) => view.setUint8(offset, value),
  },
  {
    class: 'int16',
    classCode: 10,
    typeCode: 3,
    size: 2,
    make: (length) => new Int16Array(length),
    read: (view, offset, littleEndian) => view.getInt16(offset, littleEndian),
    write: (view, offset, value, littleEndian) => view.setInt16(offset, value, littleEndian),
  },
  {
    class: 'uint16',
    classCode: 11,
    typeCode: 4,
    size: 2,
    make: (length) => new Uint16Array(length),
    read: (view, offset, littleEndian) => view.getUint16(offset, littleEndian),
    write: (view, offset, value, littleEndian) => view.setUint16(offset, value, littleEndian),
  },
  {
    class: 'int32',
    classCode: 12,
    typeCode: 5,
    size: 4,
    make: (length) => new Int32Array(length),
    read: (view, offset, littleEndian) => view.getInt32(offset, littleEndian),
    write: (view, offset, value, littleEndian) => view.setInt32(offset, value, littleEndian),
  },
  {
    class: 'uint32',
    classCode: 13,
    typeCode: 6,
    size: 4,
    make: (length) => new Uint32Array(length),
    read: (view, offset, littleEndian) => view.getUint32(offset, littleEndian),
    write: (view, offset, value, littleEndian) => view.setUint32(offset, value, littleEndian),
  },
  {
    class: 'int64',
    classCode: 14,
    typeCode: 12,
    size: 8,
    make: (length) => new BigInt64Array(length),
    read: (view, offset, littleEndian) => view.getBigInt64(offset, littleEndian),
    write: (view, offset, value, littleEndian) => view.setBigInt64(offset, value, littleEndian),
  },
  {
    class: 'uint64',
    classCode: 15,
    typeCode: 13,
    size: 8,
    make: (length) => new BigUint64Array(length),
    read: (view, offset, littleEndian) => view.getBigUint64(offset, littleEndian),
    write: (view, offset, value, littleEndian) => view.setBigUint64(offset, value, littleEndian),
  },
];

/** Classes that this reader refuses, and the words for them. */
export const otherClasses: Readonly<Record<number, string>> = {
  1: 'a cell array',
  2: 'a struct',
  3: 'an object',
  4: 'text',
  5: 'a sparse array',
  16: 'a function handle',
  17: 'an opaque object',
};

/** Types of elements that hold no numbers. */
export const matrixType = 14;
export const compressedType = 15;

/** Bits of an array's flags. */
export const complexFlag = 0x0800;
