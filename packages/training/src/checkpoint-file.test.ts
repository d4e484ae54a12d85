import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Checkpoint } from './checkpoint';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint-file';

const corrupt = expect.objectContaining({
  code: 'corrupt',
  message: expect.stringContaining('checkpoint: expected `a/file` to be whole, got a damaged one: '),
});

/** With every kind of float32, a scalar, an empty tensor, and a view that does not begin at the start of its buffer. */
const checkpoint: Checkpoint = {
  run: {
    model: 'mödel "x"',
    defence: 'd',
    adversaries: '',
    learningRate: '',
    descent: 'plain x1',
    optimiser: 'adam',
    seed: 3,
    batchSize: 4,
    epochs: 2,
    examples: 9,
  },
  position: { epoch: 1, batch: 2, optimiserStep: 5, sums: { loss: 0.1 + 0.2 }, seen: 8 },
  history: {
    epochs: [{ epoch: 1, learningRate: 1e-3, terms: { loss: 1 / 3 } }],
    steps: 5,
    forwards: 20,
    backwards: 20,
    gradientEvaluations: { training: 20, validation: 3 },
  },
  tensors: {
    'weights/kernel': { shape: [2, 2], values: Float32Array.of(-0, Number.NaN, Number.NEGATIVE_INFINITY, 1e-45) },
    'weights/bias': { shape: [], values: new Float32Array(3).fill(7).subarray(1, 2) },
    'memory/none': { shape: [0, 3], values: new Float32Array(0) },
    'optimiser/m/kernel': { shape: [3], values: Float32Array.of(1, 2, 3) },
  },
};
const bitsOf = ({ values }: { readonly values: Float32Array }): number[] => Array.from(new Uint32Array(Float32Array.from(values).buffer));

it('a round trip keeps every bit and every number of the state', async () => {
  const { tensors, ...state } = await decodeCheckpoint(await encodeCheckpoint(checkpoint), 'a/file');
  const { tensors: originals, ...original } = checkpoint;
  expect(state).toEqual(original);
  expect(Object.keys(tensors)).toEqual(Object.keys(originals));
  for (const [name, stored] of Object.entries(tensors)) {
    expect(stored.shape).toEqual(originals[name]!.shape);
    expect(bitsOf(stored)).toEqual(bitsOf(originals[name]!));
  }
});

it.each(['Uint8Array', "Buffer of Node's"])('reads a %s that stands somewhere inside a larger buffer', async (kind) => {
  const bytes = await encodeCheckpoint(checkpoint);
  const larger = kind === 'Uint8Array' ? new Uint8Array(bytes.length + 20) : Buffer.alloc(bytes.length + 20, 9);
  larger.set(bytes, 3);
  const { position, tensors } = await decodeCheckpoint(larger.subarray(3, 3 + bytes.length), 'a/file');
  expect(position).toEqual(checkpoint.position);
  expect(tensors).toEqual((await decodeCheckpoint(bytes, 'a/file')).tensors);
  expect(tensors['weights/bias']!.values).toEqual(Float32Array.of(7));
});

it('the layout is that of safetensors', async () => {
  // https://github.com/huggingface/safetensors#format: u64 little-endian, JSON that begins with {, then the buffer without holes.
  const bytes = await encodeCheckpoint(checkpoint);
  let length = 0;
  for (let i = 7; i >= 0; i--) length = length * 256 + bytes[i]!;
  expect(length % 8).toBe(0);
  expect(String.fromCharCode(bytes[8]!)).toBe('{');
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<string, never>;
  const { __metadata__: metadata, ...entries } = header as unknown as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: number[] }
  >;
  for (const value of Object.values(metadata!)) expect(value).toBeTypeOf('string');
  let end = 0;
  for (const [name, { dtype, shape, data_offsets: offsets }] of Object.entries(entries)) {
    const size = 4 * shape.reduce((product, side) => product * side, 1);
    expect([dtype, ...offsets]).toEqual(['F32', end, end + size]);
    const view = new DataView(bytes.buffer, 8 + length + end, size);
    const read = Float32Array.from({ length: size / 4 }, (_, i) => view.getFloat32(4 * i, true));
    expect(read).toEqual(Float32Array.from(checkpoint.tensors[name]!.values));
    end += size;
  }
  expect(8 + length + end).toBe(bytes.length);
});

it('every truncation is refused, by name', async () => {
  const bytes = await encodeCheckpoint(checkpoint);
  for (let length = 0; length < bytes.length; length++) {
    await expect(decodeCheckpoint(bytes.slice(0, length), 'a/file')).rejects.toEqual(corrupt);
  }
});

it('every single changed byte is refused, by name, wherever it is and whatever it becomes', async () => {
  const bytes = await encodeCheckpoint(checkpoint);
  const changed = (at: number, by: number): Promise<Checkpoint> => {
    const copy = bytes.slice();
    copy[at]! ^= by;
    return decodeCheckpoint(copy, 'a/file');
  };
  // A low bit, a blank that becomes a line feed, and the highest bit, everywhere; then anything anywhere.
  for (let at = 0; at < bytes.length; at++) {
    for (const by of [0x01, 0x2a, 0x80]) await expect(changed(at, by)).rejects.toEqual(corrupt);
  }
  const anywhere = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }));
  const refused = fc.asyncProperty(anywhere, async ([at, by]) => {
    await expect(changed(at, by)).rejects.toEqual(corrupt);
  });
  await fc.assert(refused, { numRuns: 500, seed: 1 });
});

it('bytes added at the end are refused, and so are files of other kinds', async () => {
  const bytes = await encodeCheckpoint(checkpoint);
  await expect(decodeCheckpoint(Uint8Array.of(...bytes, 0), 'a/file')).rejects.toEqual(corrupt);
  for (const header of ['null', '[]', '3', '{}', '{"__metadata__":null}', '{"__metadata__":{"format":"pt"}}', 'hello']) {
    const other = Uint8Array.of(header.length, 0, 0, 0, 0, 0, 0, 0, ...new TextEncoder().encode(header));
    await expect(decodeCheckpoint(other, 'a/file')).rejects.toEqual(corrupt);
  }
});
