/** The same in a process that another has started to share its work: the variable is read when the module is loaded. */
import { afterEach, expect, it, vi } from 'vitest';

vi.hoisted(() => vi.stubEnv('GROUNDSTATE_RUN_FAMILY', 'that of the parent'));
const { interruptible } = await import('./interrupt');

const said: string[] = [];
const console = { say: (line: string) => void said.push(line), task: () => expect.fail('no task is begun') };
const connected = Object.getOwnPropertyDescriptor(process, 'connected');
const connect = (value: boolean): void => void Object.defineProperty(process, 'connected', { value, configurable: true });
afterEach(() => {
  said.length = 0;
  if (connected) Object.defineProperty(process, 'connected', connected);
  else Reflect.deleteProperty(process, 'connected');
});

/** Whether it stops, before and after something happens. */
function stops(happens: () => void): readonly [boolean, boolean] {
  const { signal, release } = interruptible(console);
  const before = signal.aborted;
  happens();
  release();
  return [before, signal.aborted];
}
/** To our listeners alone: the channel of the process that runs the tests is not ours to close. */
function emit(event: 'disconnect' | 'message', ours: readonly unknown[], ...values: readonly unknown[]): void {
  for (const listener of process.listeners(event as 'disconnect'))
    if (!ours.includes(listener)) (listener as (...all: readonly unknown[]) => void)(...values);
}

it('a worker stops after its step when the process that started it is gone, or was so from the beginning', () => {
  connect(true);
  const others = process.listeners('disconnect');
  expect(stops(() => emit('disconnect', others))).toEqual([false, true]);
  expect(said).toEqual(['The process that started this one is gone; stopping after this step.']);
  connect(false);
  expect(stops(() => undefined)).toEqual([true, true]);
  expect(process.listeners('disconnect')).toEqual(others);
});

it('and when it is told to, by the one word for it', () => {
  connect(true);
  const others = process.listeners('message');
  expect(stops(() => emit('message', others, 'go on'))).toEqual([false, false]);
  expect(stops(() => emit('message', others, 'stop'))).toEqual([false, true]);
  expect(process.listeners('message')).toEqual(others);
});
