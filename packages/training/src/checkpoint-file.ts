/**
 * A checkpoint as bytes: the safetensors layout (8 bytes of header length, a JSON header, the values), so that any reader
 * of that format sees the tensors. The state and a SHA-256 of state and values stand in the header's `__metadata__`.
 */
import { GroundstateError } from '@groundstate/core';
import type { Checkpoint, StoredTensor } from './checkpoint';

const format = 'groundstate/checkpoint@1';

type Entry = { readonly dtype: 'F32'; readonly shape: readonly number[]; readonly data_offsets: readonly [number, number] };

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
  const metadata = { format, state: stateText, sha256: await digest(stateText, body) };
  const header = new TextEncoder().encode(JSON.stringify({ __metadata__: metadata, ...entries }));
  // The values begin at a multiple of 8, as the format asks; the header is filled up with blanks.
  const padded = Math.ceil(header.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded + size).fill(0x20, 8, 8 + padded);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(header, 8);
  bytes.set(body, 8 + padded);
  return bytes;
}

/** Throws with code `corrupt`, naming `file`, unless every byte is as it was written. */
export async function decodeCheckpoint(bytes: Uint8Array, file: string): Promise<Checkpoint> {
  const corrupt = (reason: string): GroundstateError => new GroundstateError('corrupt', `checkpoint: ${file} is damaged: ${reason}.`);
  if (bytes.length < 8) throw corrupt(`it has ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > bytes.length - 8) throw corrupt(`its header should have ${length} bytes, the whole file has ${bytes.length}`);
  const { __metadata__: metadata, ...entries } = parse(bytes.subarray(8, 8 + length), corrupt);
  if (metadata?.format !== format) throw corrupt(`it is not of the form ${format}`);
  const body = bytes.subarray(8 + length);
  if ((await digest(metadata.state, body)) !== metadata.sha256) throw corrupt('its SHA-256 is not the one that was written with it');
  const tensors: Record<string, StoredTensor> = {};
  for (const [name, { shape, data_offsets: offsets }] of Object.entries(entries)) {
    tensors[name] = { shape, values: new Float32Array(body.slice(offsets[0], offsets[1]).buffer) };
  }
  return { ...(JSON.parse(metadata.state) as Omit<Checkpoint, 'tensors'>), tensors };
}

type Header = { readonly __metadata__?: { readonly format: string; readonly state: string; readonly sha256: string } } & Record<
  string,
  Entry
>;

function parse(header: Uint8Array, corrupt: (reason: string) => GroundstateError): Header {
  try {
    return JSON.parse(new TextDecoder().decode(header)) as Header;
  } catch {
    throw corrupt('its header is not JSON');
  }
}

async function digest(state: string, body: Uint8Array): Promise<string> {
  const text = new TextEncoder().encode(state);
  const all = new Uint8Array(text.length + body.length);
  all.set(text);
  all.set(body, text.length);
  const hash = await globalThis.crypto.subtle.digest('SHA-256', all);
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
