/** A reader of TensorBoard's event files for tests. It shares no code with the writer: a checksum bit by bit, protobuf by hand. */

export type Field = number | Uint8Array;
/** By field number. Doubles and floats are numbers already. */
export type Message = ReadonlyMap<number, readonly Field[]>;
export type Seen = {
  readonly wallTime: number;
  readonly step: number;
  readonly version?: string;
  readonly status?: number;
  readonly values: readonly SeenValue[];
};
export type SeenValue = {
  readonly tag: string;
  readonly scalar?: number;
  readonly image?: { readonly height: number; readonly width: number; readonly colours: number; readonly png: Uint8Array };
  /** min, max, number, sum, sum of squares; limits; counts. */
  readonly histogram?: { readonly figures: readonly number[]; readonly limits: readonly number[]; readonly counts: readonly number[] };
};

/** CRC-32C (Castagnoli) by its definition: polynomial 0x1EDC6F41, reflected. */
export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

function unmasked(masked: number): number {
  const rotated = (masked - 0xa282ead8) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}

/** Throws where a length or a checksum is wrong, or a byte is left over. */
export function readEventFile(file: Uint8Array): Seen[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const seen: Seen[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(view.getBigUint64(at, true));
    const [head, data] = [file.subarray(at, at + 8), file.subarray(at + 12, at + 12 + length)];
    if (unmasked(view.getUint32(at + 8, true)) !== crc32c(head)) throw new Error(`wrong checksum of the length at ${at}`);
    if (unmasked(view.getUint32(at + 12 + length, true)) !== crc32c(data)) throw new Error(`wrong checksum of the data at ${at}`);
    seen.push(readEvent(data));
    at += 16 + length;
  }
  return seen;
}

function readEvent(data: Uint8Array): Seen {
  const event = readMessage(data);
  const version = event.get(3)?.[0] as Uint8Array | undefined;
  const log = event.get(7)?.[0] as Uint8Array | undefined;
  const summary = event.get(5)?.[0] as Uint8Array | undefined;
  return {
    wallTime: event.get(1)?.[0] as number,
    step: event.get(2)?.[0] as number,
    ...(version ? { version: text(version) } : {}),
    ...(log ? { status: readMessage(log).get(1)?.[0] as number } : {}),
    values: summary ? (readMessage(summary).get(1) ?? []).map((value) => readValue(readMessage(value as Uint8Array))) : [],
  };
}

function readValue(value: Message): SeenValue {
  const tag = text(value.get(1)![0] as Uint8Array);
  const [scalar, image, histogram] = [value.get(2)?.[0], value.get(4)?.[0], value.get(5)?.[0]];
  if (scalar !== undefined) return { tag, scalar: scalar as number };
  if (image !== undefined) {
    const [height, width, colours, png] = [1, 2, 3, 4].map((field) => readMessage(image as Uint8Array).get(field)?.[0]);
    return { tag, image: { height, width, colours, png } as NonNullable<SeenValue['image']> };
  }
  const fields = readMessage(histogram as Uint8Array);
  const figures = [1, 2, 3, 4, 5].map((field) => fields.get(field)![0] as number);
  const [limits, counts] = [6, 7].map((field) => doubles(fields.get(field)![0] as Uint8Array));
  return { tag, histogram: { figures, limits: limits!, counts: counts! } };
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function doubles(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 8 }, (_, i) => view.getFloat64(8 * i, true));
}

/** Wire types: 0 a varint, 1 eight bytes (a double), 2 bytes of a given length, 5 four bytes (a float). */
function readMessage(bytes: Uint8Array): Message {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields = new Map<number, Field[]>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  const take = (type: number): Field => {
    if (type === 0) return varint();
    const length = type === 2 ? varint() : type === 1 ? 8 : 4;
    at += length;
    if (at > bytes.length || ![1, 2, 5].includes(type)) throw new Error(`a field of type ${type} ends at ${at} of ${bytes.length}`);
    if (type === 1) return view.getFloat64(at - 8, true);
    return type === 5 ? view.getFloat32(at - 4, true) : bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const key = varint();
    fields.set(key >> 3, [...(fields.get(key >> 3) ?? []), take(key & 7)]);
  }
  return fields;
}
