import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { STOCK_SHA256, withSharedHeap } from './shared-binary';

const stock = readFileSync(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm'));

describe('the binary for a shared heap', () => {
  it('is made out of the one release that is known', () => {
    expect(createHash('sha256').update(stock).digest('hex')).toBe(STOCK_SHA256);
  });

  it('differs from it by one byte, leaves the original alone, and is a module with a shared memory', async () => {
    const before = Buffer.from(stock);
    const changed = withSharedHeap(stock);
    expect(before.equals(stock)).toBe(true);
    expect([...changed.keys()].filter((at) => changed[at] !== before[at])).toHaveLength(1);
    const module = await WebAssembly.compile(changed as Uint8Array<ArrayBuffer>);
    const imports: Record<string, Record<string, () => number>> = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      imports[from] ??= {};
      imports[from][name] = () => 0;
    }
    const { exports } = await WebAssembly.instantiate(module, imports);
    expect((exports.memory as WebAssembly.Memory).buffer).toBeInstanceOf(SharedArrayBuffer);
  });
});
