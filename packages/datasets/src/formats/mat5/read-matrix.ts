import { fetchAgain } from './mat5-fault';
import { complexFlag, type Mat5Class, type Mat5Number, type Mat5Values, mat5Numbers, otherClasses } from './mat5-types';
import { type Mat5Place, type Mat5Tag, readElement, readTag } from './read-tag';

/** What is known of an array before its values. */
export interface Mat5Header {
  readonly name: string;
  readonly class: Mat5Class;
  /** First axis fastest. */
  readonly shape: readonly number[];
  /** How many values. */
  readonly size: number;
}

/** Takes the values of one array as they come, in order; `offset` is the place of the first. A piece must not be kept. */
export type Mat5Receiver = (piece: Mat5Values, offset: number) => void;

/** Who wants which arrays. */
export interface Mat5Wishes {
  /** Others are left out, whatever they are. */
  readonly wants: (name: string) => boolean;
  /** Called once for an array that is wanted, in the order of the file. */
  readonly receive: (header: Mat5Header) => Mat5Receiver;
}

/** No typed array holds more on every engine. */
const maximumBytes = 2 ** 31 - 1;
/** Values converted at once. */
const valuesAtOnce = 8192;
const namesAtMost = 4096;
const axesAtMost = 32;
const opaqueClass = 17;

/**
 * Reads one array, after its tag. Of one that is not wanted the values are left where they are.
 *
 * @param length What the tag says: bytes of all that belongs to the array.
 * @returns whether it was wanted.
 */
export async function readMatrix(place: Mat5Place, length: number, { wants, receive }: Mat5Wishes): Promise<boolean> {
  const { reader, littleEndian, fault } = place;
  const start = reader.position();
  const flags = await readElement(place, "an array's flags", 8);
  if (flags.bytes.length !== 8) throw fault('a MAT-file with 8 bytes of flags for each array', `${flags.bytes.length}`, fetchAgain);
  const flagBits = viewOf(flags.bytes).getUint32(0, littleEndian);
  const classCode = flagBits & 0xff;
  const axes = classCode === opaqueClass ? undefined : (await readElement(place, "an array's shape", 4 * axesAtMost)).bytes;
  const name = String.fromCharCode(...(await readElement(place, "an array's name", namesAtMost)).bytes);
  if (reader.position() > start + length)
    throw fault(`a MAT-file with ${reader.position() - start} bytes for the array \`${name}\``, `${length}`, fetchAgain);
  if (!wants(name)) return false;

  const kind = mat5Numbers.find((number) => number.classCode === classCode);
  if (kind === undefined || axes === undefined) {
    const got = otherClasses[classCode];
    if (got === undefined) throw fault(`a MAT-file with numbers in \`${name}\``, `an array of the unknown class ${classCode}`, fetchAgain);
    throw fault(`a MAT-file with numbers in \`${name}\``, got, 'Save it as an array of numbers.', { code: 'unsupported' });
  }
  if ((flagBits & complexFlag) !== 0) {
    throw fault(`a MAT-file with real numbers in \`${name}\``, 'complex ones', 'Save real and imaginary part under names of their own.', {
      code: 'unsupported',
    });
  }
  if (axes.length % 4 !== 0 || axes.length < 8) {
    throw fault(`a MAT-file with at least two axes of four bytes each in \`${name}\``, `${axes.length} bytes`, fetchAgain);
  }
  const shape = Array.from({ length: axes.length / 4 }, (_, axis) => viewOf(axes).getInt32(4 * axis, littleEndian));
  const size = shape.reduce((product, axis) => product * axis, 1);
  if (shape.some((axis) => axis < 0) || size * kind.size > maximumBytes) {
    throw fault(
      `a MAT-file with at most ${maximumBytes} bytes in \`${name}\``,
      `the shape [${shape.join(', ')}] of class ${kind.class}`,
      fetchAgain,
    );
  }
  const tag = await readTag(place, `the values of \`${name}\``);
  const stored = mat5Numbers.find((number) => number.typeCode === tag.type);
  if (stored === undefined) throw fault(`a MAT-file with numbers in \`${name}\``, `values of the unknown type ${tag.type}`, fetchAgain);
  if (tag.length !== size * stored.size) {
    const rule = `a MAT-file with ${size * stored.size} bytes of values in \`${name}\`, as its shape [${shape.join(', ')}] says`;
    throw fault(rule, `${tag.length}`, fetchAgain);
  }
  const needed = reader.position() + tag.follows - start;
  if (needed !== length) throw fault(`a MAT-file with ${needed} bytes for the array \`${name}\``, `${length}`, fetchAgain);
  await readValues(place, { name, class: kind.class, shape, size }, { kind, stored, tag }, receive);
  return true;
}

async function readValues(
  { reader, littleEndian, fault }: Mat5Place,
  header: Mat5Header,
  { kind, stored, tag }: { readonly kind: Mat5Number; readonly stored: Mat5Number; readonly tag: Mat5Tag },
  receive: Mat5Wishes['receive'],
): Promise<void> {
  const receiver = receive(header);
  const what = `the values of \`${header.name}\``;
  const handOn = (bytes: Uint8Array, offset: number): void => {
    // The one case that matters for speed: pixels, handed on as they lie.
    if (kind.class === 'uint8' && stored === kind) {
      receiver(bytes, offset);
      return;
    }
    const values = kind.make(bytes.length / stored.size);
    const stranger = convert(bytes, values, { kind, stored, littleEndian });
    if (stranger !== undefined) {
      throw fault(`a MAT-file with numbers of class ${kind.class} in \`${header.name}\``, `the number ${stranger}`, fetchAgain);
    }
    receiver(values, offset);
  };
  if (tag.inside !== undefined) {
    handOn(tag.inside, 0);
    return;
  }
  for (let offset = 0; offset < header.size; ) {
    const left = header.size - offset;
    const bytes = stored.size === 1 ? await reader.some(left, what) : await reader.take(Math.min(left, valuesAtOnce) * stored.size, what);
    handOn(bytes, offset);
    offset += bytes.length / stored.size;
  }
  await reader.skip(tag.follows - tag.length, `the padding after ${what}`);
}

/** Fills `values`. Numbers may be stored in a smaller type than their class has, never one that their class does not hold: the first such is returned. */
function convert(
  bytes: Uint8Array,
  values: { readonly length: number; [index: number]: number | bigint },
  { kind, stored, littleEndian }: { readonly kind: Mat5Number; readonly stored: Mat5Number; readonly littleEndian: boolean },
): number | bigint | undefined {
  const view = viewOf(bytes);
  const big = typeof kind.make(1)[0] === 'bigint';
  for (let i = 0; i < values.length; i++) {
    const value = stored.read(view, i * stored.size, littleEndian);
    if (big && typeof value === 'number' && !Number.isInteger(value)) return value;
    values[i] = big ? BigInt(value) : Number(value);
    if (stored !== kind && !same(values[i]!, value)) return value;
  }
  return undefined;
}

/** Of two kinds of numbers: 3 is 3n, and NaN, which equals nothing, is NaN where there are fractions. */
function same(held: number | bigint, value: number | bigint): boolean {
  return held === value || (typeof held !== typeof value && BigInt(held) === BigInt(value)) || (Number.isNaN(held) && Number.isNaN(value));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
