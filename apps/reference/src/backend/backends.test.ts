import { afterEach, expect, it, vi } from 'vitest';
import { backends } from './backends';

const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
afterEach(() => {
  vi.doUnmock('webgpu');
  if (before) Object.defineProperty(globalThis, 'navigator', before);
  else Reflect.deleteProperty(globalThis, 'navigator');
});

it.each([
  ['has no navigator, as Node 20', undefined],
  ['has one, as Node 21 and later', {}],
])('webgpu is found where tfjs looks for it in a process that %s', async (_, navigator) => {
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
  const gpu = { name: 'of the package webgpu' };
  vi.doMock('webgpu', () => ({ create: () => gpu, globals: {} }));
  await backends.find(({ name }) => name === 'webgpu')!.prepare!();
  expect((globalThis.navigator as unknown as { gpu: unknown }).gpu).toBe(gpu);
});
