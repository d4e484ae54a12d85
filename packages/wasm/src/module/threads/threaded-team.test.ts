import { afterEach, describe, expect, it } from 'vitest';
import { FAIL, RAISE, smallModule } from '../../../tests/small-module';
import { TrainingKernelError } from '../../errors';
import type { KernelFunctions } from '../kernel-functions';
import type { Scratch } from '../scratch';
import type { Team } from '../team';
import { createThreads } from './threaded-team';

const teams: Team[] = [];

async function teamOf(threads: number, pages = 2) {
  const memory = new WebAssembly.Memory({ initial: pages, maximum: 65536, shared: true });
  const module = await WebAssembly.compile(smallModule);
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  const functions = exports as unknown as KernelFunctions;
  const team = await createThreads(threads, { module, memory, functions }, {} as Scratch, () => undefined);
  teams.push(team);
  return { team, memory, numbers: new Int32Array(memory.buffer) };
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const same = (one: Int32Array, other: Int32Array): boolean => one.every((number, index) => number === other[index]);

afterEach(() => {
  for (const team of teams.splice(0)) team.end();
});

describe('a team of threads', () => {
  it('does every item once, whatever the threads, the items and the pauses between calls', async () => {
    for (const threads of [2, 3, 5]) {
      const { team, numbers } = await teamOf(threads);
      const expected = new Int32Array(numbers.length);
      for (const items of [1, 2, 3, 7, 64, 1000, 20_000, 0]) {
        for (const wait of [0, 0, 1, 3]) {
          if (wait > 0) await pause(wait);
          team.run(RAISE, items, 1, (from, to) => [0, from, to]);
          for (let item = 0; item < items; item++) expected[item]!++;
          expect(same(numbers, expected)).toBe(true);
        }
      }
    }
  });

  it('does ten thousand small calls, one after the other, and loses none', async () => {
    const { team, numbers } = await teamOf(3);
    for (let call = 1; call <= 10_000; call++) {
      team.run(RAISE, 30, 1, (from, to) => [0, from, to]);
      // The caller sees what the others wrote as soon as the call returns.
      if (numbers[29] !== call) throw new Error(`call ${call} left ${numbers[29]}`);
    }
    expect([...numbers.subarray(0, 31)]).toEqual([...new Array(30).fill(10_000), 0]);
  });

  it('waits for shares that take far longer than its own', async () => {
    const { team, numbers } = await teamOf(2, 400);
    const last = numbers.length - 1;
    for (let call = 1; call <= 10; call++) {
      team.run(RAISE, 2, 1, (from) => (from === 0 ? [0, 0, 100_000] : [0, 100_000, last]));
      expect([numbers[0], numbers[100_000], numbers[last - 1], numbers[last]]).toEqual([call, call, call, 0]);
    }
  });

  it('writes to memory that has grown since the threads began', async () => {
    const { team, memory } = await teamOf(2);
    for (let call = 0; call < 10; call++) {
      memory.grow(30);
      const numbers = new Int32Array(memory.buffer);
      const end = numbers.length;
      team.run(RAISE, 30 * 16384, 1, (from, to) => [0, end - to, end - from]);
      expect(numbers.subarray(end - 30 * 16384).every((number) => number === 1)).toBe(true);
    }
  });

  it('does all the work on the calling thread once it has been ended', async () => {
    const { team, numbers } = await teamOf(3);
    team.end();
    team.run(RAISE, 10, 1, (from, to) => [0, from, to]);
    expect([...numbers.subarray(0, 11)]).toEqual([...new Array(10).fill(1), 0]);
  });

  it('throws what a share throws, wherever that ran, and works on', async () => {
    const { team, numbers } = await teamOf(3);
    for (let failing = 0; failing < 3; failing++) {
      for (let call = 0; call < 50; call++) {
        expect(() => team.run(FAIL, 3, 1, (from) => [from === failing ? 1 : 0])).toThrow('unreachable');
      }
    }
    team.run(RAISE, 3, 1, (from, to) => [0, from, to]);
    expect([...numbers.subarray(0, 4)]).toEqual([1, 1, 1, 0]);
  });

  it('says so when another thread runs into a trap, and finishes the other shares first', async () => {
    const { team, numbers } = await teamOf(2, 400);
    const last = numbers.length - 1;
    const errors: unknown[] = [];
    // Until the other thread has begun before the caller was done with its own share, however busy the machine is.
    const until = performance.now() + 10_000;
    while (!errors.some((error) => error instanceof TrainingKernelError) && performance.now() < until) {
      numbers.fill(0);
      try {
        team.run(RAISE, 2, 1, (from) => (from === 0 ? [0, 0, last] : [0, 2 ** 29, 2 ** 29 + 1]));
      } catch (error) {
        errors.push(error);
      }
      expect([numbers[0], numbers[last - 1]]).toEqual([1, 1]);
    }
    expect(String(errors.at(-1))).toContain(
      '@groundstate/wasm: expected a kernel to finish on every thread, got RuntimeError: memory access out of bounds.',
    );
  });

  it('sleeps when there is nothing to do', async () => {
    const { team } = await teamOf(4);
    team.run(RAISE, 100, 1, (from, to) => [0, from, to]);
    await pause(20);
    const before = process.cpuUsage();
    await pause(500);
    const { user, system } = process.cpuUsage(before);
    // Three threads that look for work all the time would take up to 1500 ms, or what the machine has.
    expect((user + system) / 1000).toBeLessThan(100);
  });
});
