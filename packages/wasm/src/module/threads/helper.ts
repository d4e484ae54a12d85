/** The caller's side of one other thread: gives it work, takes back what it has not begun, waits for what it has. */
import { TrainingKernelError } from '../../errors';
import type { BuiltinModules } from './builtin-modules';
import { type ControlBlock, createControlBlock, MOST_ARGUMENTS, STATES, WORDS } from './control';
import { workerSource } from './worker-source';

/** How long the caller looks whether a thread has finished before it sleeps. */
const MILLISECONDS_AWAKE = 2;

export interface Helper {
  /** Hands out a call of the function `index`. The one before must be done. */
  give(index: number, given: readonly number[]): void;
  /** True when the thread had not begun: then the call is the caller's again, and the thread will not touch it. */
  takeBack(): boolean;
  /** Waits until the call is done. @returns what it threw, in words. */
  finish(): string | undefined;
  /** Ends the thread. No call may be running. */
  end(): void;
}

export interface HelperTask {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** The functions of the module, by index. */
  readonly names: readonly string[];
}

/**
 * Starts a thread. It never keeps the process alive.
 * @param onLoss is called when it ends without having been told to. What it is given from then on is taken back.
 */
export async function startHelper(builtin: BuiltinModules, task: HelperTask, onLoss: (reason: string) => void): Promise<Helper> {
  const block = createControlBlock();
  const { Worker } = builtin('node:worker_threads');
  // No flags of the process: what it loads first (a compiler, a profiler) is of no use here.
  const worker = new Worker(workerSource, { eval: true, execArgv: [], workerData: { ...task, ...block } });
  let ended = false;
  let reason = '';
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve());
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`it ended at once, with code ${code}`)));
  });
  worker.on('error', (error) => {
    reason = String(error);
  });
  worker.once('exit', (code) => {
    if (!ended) onLoss(reason || `code ${code}`);
  });
  worker.unref();
  return {
    ...callsThrough(block),
    end() {
      ended = true;
      Atomics.store(block.words, WORDS.STATE, STATES.ENDED);
      Atomics.notify(block.words, WORDS.STATE);
    },
  };
}

function callsThrough({ words, given, error }: ControlBlock): Omit<Helper, 'end'> {
  return {
    give(index, values) {
      if (values.length > MOST_ARGUMENTS) {
        throw new TrainingKernelError(
          `@groundstate/wasm: expected a kernel to take at most ${MOST_ARGUMENTS} arguments, got ${values.length}.`,
        );
      }
      words[WORDS.FUNCTION] = index;
      words[WORDS.ARGUMENTS] = values.length;
      words[WORDS.ERROR] = 0;
      given.set(values);
      if (Atomics.exchange(words, WORDS.STATE, STATES.GIVEN) === STATES.ASLEEP) Atomics.notify(words, WORDS.STATE);
    },
    takeBack: () => Atomics.compareExchange(words, WORDS.STATE, STATES.GIVEN, STATES.IDLE) === STATES.GIVEN,
    finish() {
      const sleepAt = performance.now() + MILLISECONDS_AWAKE;
      const isDone = () => {
        const state = Atomics.load(words, WORDS.STATE);
        return state !== STATES.RUNNING && state !== STATES.AWAITED;
      };
      for (let looks = 1; !isDone(); looks++) {
        if (looks % 64 !== 0 || performance.now() < sleepAt) continue;
        Atomics.compareExchange(words, WORDS.STATE, STATES.RUNNING, STATES.AWAITED);
        Atomics.wait(words, WORDS.STATE, STATES.AWAITED);
      }
      const length = words[WORDS.ERROR]!;
      return length > 0 ? String.fromCharCode(...error.subarray(0, length)) : undefined;
    },
  };
}
