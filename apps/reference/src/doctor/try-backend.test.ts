import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { backends } from '../backend/backends';
import { tryBackend } from './try-backend';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-doctor-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const wasm = backends.find(({ name }) => name === 'wasm')!;
const isInstalled = (): boolean => true;
let files = 0;
/** A program that does this in the place of the one that brings a backend up. */
async function probe(code: string): Promise<string> {
  const path = join(folder, `probe-${files++}.mjs`);
  await writeFile(path, code);
  return path;
}

it('passes on what the program found, and asks for the backend by name', async () => {
  const path = await probe(
    "process.send({ state: 'works', trainingStep: process.argv[2].length, inputGradient: 2 }, () => process.exit(0));",
  );
  expect(await tryBackend(wasm, { probe: path, isInstalled })).toEqual({ name: 'wasm', state: 'works', trainingStep: 4, inputGradient: 2 });
});

it('names the packages that are missing, and starts nothing', async () => {
  const webgpu = backends.find(({ name }) => name === 'webgpu')!;
  const path = join(folder, 'never-there.mjs');
  expect(await tryBackend(webgpu, { probe: path, isInstalled: (name) => name !== 'webgpu' })).toEqual({
    name: 'webgpu',
    state: 'absent',
    why: 'not installed: webgpu',
  });
});

it('a backend that takes its process down is a finding', async () => {
  const aborted = await tryBackend(wasm, { probe: await probe('process.abort();'), isInstalled });
  expect(aborted).toMatchObject({ name: 'wasm', state: 'broken' });
  // Windows has no signals: there an abort is a code.
  expect(aborted.state === 'broken' && aborted.why).toMatch(/^its process ended with (SIGABRT|code \d+)/);
  const left = await tryBackend(wasm, {
    probe: await probe("console.error('note\\nError: no such library\\n  at x'); process.exit(3);"),
    isInstalled,
  });
  expect(left).toEqual({ name: 'wasm', state: 'broken', why: 'its process ended with code 3: Error: no such library' });
});

it('a backend that never comes back is a finding', async () => {
  const path = await probe('setInterval(() => undefined, 1000);');
  const start = Date.now();
  expect(await tryBackend(wasm, { probe: path, limit: 500, isInstalled })).toEqual({
    name: 'wasm',
    state: 'broken',
    why: 'no answer within 0.5 s',
  });
  expect(Date.now() - start).toBeLessThan(10_000);
});

it('what was found counts, even where the process does not end well', async () => {
  const path = await probe("process.send({ state: 'works', trainingStep: 1, inputGradient: 2 }, () => process.abort());");
  expect(await tryBackend(wasm, { probe: path, isInstalled })).toMatchObject({ state: 'works', trainingStep: 1 });
});

it('a program that is not there is a finding too', async () => {
  const finding = await tryBackend(wasm, { probe: join(folder, 'never-there.mjs'), isInstalled });
  expect(finding.state === 'broken' && finding.why).toMatch(/^its process ended with code 1: Error: Cannot find module/);
});
