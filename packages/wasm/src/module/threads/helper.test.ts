import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { smallModule } from '../../../tests/small-module';
import { TrainingKernelError } from '../../errors';
import type { BuiltinModules } from './builtin-modules';
import { MOST_ARGUMENTS } from './control';
import { type Helper, type HelperTask, startHelper } from './helper';

const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
const numbers = new Int32Array(memory.buffer);
const workers: Worker[] = [];
const helpers: Helper[] = [];

/** Node's modules, with an eye on the threads that are started. */
const builtin = ((name: string) => {
  if (name !== 'node:worker_threads') throw new Error(`${name} is not needed here`);
  return {
    Worker: class extends Worker {
      constructor(...given: ConstructorParameters<typeof Worker>) {
        super(...given);
        workers.push(this);
      }
    },
  };
}) as unknown as BuiltinModules;

async function helperOf(task: Partial<HelperTask> = {}) {
  const losses: string[] = [];
  const module = await WebAssembly.compile(smallModule);
  const helper = await startHelper(builtin, { module, memory, names: ['raise', 'fail'], ...task }, (reason) => losses.push(reason));
  helpers.push(helper);
  return { helper, losses, worker: workers.at(-1)! };
}

/** Gives a call until the thread has begun with it, for ten seconds at most, and waits for its end. */
function callThrough(helper: Helper, index: number, given: readonly number[]): string | undefined {
  for (const until = performance.now() + 10_000; performance.now() < until; ) {
    helper.give(index, given);
    for (let turn = 0; turn < 100_000; turn++) Atomics.load(numbers, 1);
    if (!helper.takeBack()) return helper.finish();
  }
  throw new Error('the thread never began');
}

const exitOf = (worker: Worker): Promise<number> => new Promise((resolve) => worker.once('exit', resolve));

afterEach(() => {
  for (const helper of helpers.splice(0)) helper.end();
  numbers.fill(0);
});

describe('a helper', () => {
  it('does what it is given unless it is taken back, and never both', async () => {
    const { helper } = await helperOf();
    let begun = 0;
    for (let call = 0; call < 3000; call++) {
      helper.give(0, [0, 0, 1]);
      // Now and then there is time to begin, now and then there is not.
      for (let turn = (call % 10) * 100; turn > 0; turn--) Atomics.load(numbers, 1);
      if (helper.takeBack()) continue;
      expect(helper.finish()).toBeUndefined();
      begun++;
    }
    expect(numbers[0]).toBe(begun);
  });

  it('begins again after it has slept', async () => {
    const { helper } = await helperOf();
    for (let call = 1; call <= 5; call++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(callThrough(helper, 0, [0, 0, 1])).toBeUndefined();
      expect(numbers[0]).toBe(call);
    }
  });

  it('says what a call threw, and forgets it with the next', async () => {
    const { helper } = await helperOf();
    for (const [index, given, outcome] of [
      [1, [1], 'RuntimeError: unreachable'],
      [0, [0, 0, 1], undefined],
    ] as const) {
      expect(callThrough(helper, index, given)).toBe(outcome);
    }
  });

  it('refuses more arguments than there is room for, before anything is begun', async () => {
    const { helper } = await helperOf();
    expect(() => helper.give(0, new Array(MOST_ARGUMENTS + 1).fill(0))).toThrow(TrainingKernelError);
    expect(helper.takeBack()).toBe(false);
    expect(callThrough(helper, 0, [0, 0, 1, ...new Array(MOST_ARGUMENTS - 3).fill(0)])).toBeUndefined();
    expect(numbers[0]).toBe(1);
  });

  it('that is lost says so, and what it is given can always be taken back', async () => {
    const { helper, losses, worker } = await helperOf();
    await worker.terminate();
    expect(losses).toEqual(['code 1']);
    helper.give(0, [0, 0, 1]);
    expect(helper.takeBack()).toBe(true);
  });

  it('that is ended leaves by itself, and is no loss', async () => {
    const { helper, losses, worker } = await helperOf();
    const exit = exitOf(worker);
    helper.end();
    expect(await exit).toBe(0);
    expect(losses).toEqual([]);
  });

  it('cannot be started with a module that does not fit the memory', async () => {
    const unshared = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
    await expect(helperOf({ memory: unshared })).rejects.toThrow();
  });
});
