/**
 * A checkpoint as bytes: the safetensors layout (8 bytes of header length, a JSON header, the values), so that any reader
 * of that format sees the tensors. The state and a SHA-256 of everything else stand in the header's `__metadata__`.
 */
import { GroundstateError } from '@groundstate/core';
import type { Checkpoint, StoredTensor } from './checkpoint';

const format = 'groundstate/checkpoint@1';

type Entry = { readonly dtype: 'F32'; readonly shape: readonly number[]; readonly data_offsets: readonly [number, number] };

/** A checkpoint as bytes, in the safetensors format, with a SHA-256 over all of it; `decodeCheckpoint` reads them back. */
export async function encodeCheckpoint(checkpoint: Checkpoint): Promise<Uint8Array> {
  const { tensors, ...state } = checkpoint;
  const entries: Record<string, Entry> = {};
  let size = 0;
  for (const [name, { shape, values }] of Object.entries(tensors)) {
    entries[name] = { dtype: 'F32', shape, data_offsets: [size, size + values.byteLength] };
    size += values.byteLength;
  }
  const body = new Uint8Array(size);
  for (const [name, { values }] of Object.entries(tensors)) {
    body.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), entries[name]!.data_offsets[0]);
  }
  const stateText = JSON.stringify(state);
  const header = headerOf({ format, state: stateText, sha256: await digest(stateText, entries, body) }, entries);
  const bytes = new Uint8Array(8 + header.length + size);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  bytes.set(body, 8 + header.length);
  return bytes;
}

/** Throws with code `corrupt`, naming `file`, unless every byte is as it was written. */
export async function decodeCheckpoint(bytes: Uint8Array, file: string): Promise<Checkpoint> {
  const corrupt = (reason: string): GroundstateError =>
    new GroundstateError('corrupt', `checkpoint: expected \`${file}\` to be whole, got a damaged one: ${reason}.`);
  if (bytes.length < 8) throw corrupt(`it has ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > bytes.length - 8) throw corrupt(`its header should have ${length} bytes, the whole file has ${bytes.length}`);
  const { __metadata__: metadata, ...entries } = parse(bytes.subarray(8, 8 + length), corrupt);
  if (metadata?.format !== format) throw corrupt(`it is not of the form ${format}`);
  const body = bytes.subarray(8 + length);
  const { state, sha256 } = metadata;
  const intact = (await digest(state, entries, body)) === sha256;
  if (!intact) throw corrupt('its SHA-256 is not the one that was written with it');
  // What the digest cannot see: blanks, and other spellings of the same JSON.
  const written = headerOf({ format, state, sha256 }, entries);
  if (written.length !== length || written.some((byte, i) => byte !== bytes[8 + i])) throw corrupt('its header is not as it was written');
  const tensors: Record<string, StoredTensor> = {};
  for (const [name, { shape, data_offsets: offsets }] of Object.entries(entries)) {
    // A copy by constructor: the `slice` of Node's Buffer is a view of a larger buffer.
    tensors[name] = { shape, values: new Float32Array(new Uint8Array(body.subarray(...offsets)).buffer) };
  }
  return { ...(JSON.parse(state) as Omit<Checkpoint, 'tensors'>), tensors };
}

type Metadata = { readonly format: string; readonly state: string; readonly sha256: string };
type Header = { readonly __metadata__?: Metadata } & Record<string, Entry>;

/** The values begin at a multiple of 8, as the format asks: the header is filled up with blanks. */
function headerOf(metadata: Metadata, entries: Readonly<Record<string, Entry>>): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify({ __metadata__: metadata, ...entries }));
  const padded = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20);
  padded.set(text);
  return padded;
}

function parse(header: Uint8Array, corrupt: (reason: string) => GroundstateError): Header {
  try {
    // The spread refuses nothing and makes an object of null.
    return { ...(JSON.parse(new TextDecoder().decode(header)) as Header) };
  } catch {
    throw corrupt('its header is not JSON');
  }
}

async function digest(state: string, entries: Readonly<Record<string, Entry>>, body: Uint8Array): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify([state, entries]));
  const all = new Uint8Array(text.length + body.length);
  all.set(text);
  all.set(body, text.length);
  const hash = await globalThis.crypto.subtle.digest('SHA-256', all);
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
