import { afterEach, expect, it, vi } from 'vitest';
import { interruptible } from './interrupt';

const lines: string[] = [];
const console = { say: (line: string) => void lines.push(line), task: () => expect.fail('no task is begun') };
afterEach(() => {
  lines.length = 0;
  vi.restoreAllMocks();
});

/** What the process is told, in order; how it would have exited. */
function told(...names: readonly NodeJS.Signals[]): { readonly aborted: boolean; readonly exits: readonly unknown[] } {
  const exit = vi.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
  const { signal, release } = interruptible(console);
  for (const name of names) process.emit(name, name);
  release();
  return { aborted: signal.aborted, exits: exit.mock.calls.map(([code]) => code) };
}

it('the first signal lets the step end, and the same one again ends the process', () => {
  expect(told('SIGTERM')).toEqual({ aborted: true, exits: [] });
  expect(lines.length).toBe(1);
  expect(told('SIGINT', 'SIGINT')).toEqual({ aborted: true, exits: [130] });
});

it('Ctrl-C that is passed on as SIGTERM as well, as to a worker, is one wish', () => {
  expect(told('SIGINT', 'SIGTERM')).toEqual({ aborted: true, exits: [] });
  expect(told('SIGINT', 'SIGTERM', 'SIGINT').exits).toEqual([130]);
});

it('a terminal that goes away stops it after the step, and never at once, however often it is told', () => {
  expect(told('SIGHUP', 'SIGHUP', 'SIGTERM')).toEqual({ aborted: true, exits: [] });
  expect(lines).toEqual(['The terminal is gone; stopping after this step.']);
});

it('so does a standard error that nobody reads any more; where nobody listens, nothing happens', () => {
  const fault = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
  const { signal, release } = interruptible(console);
  process.stderr.emit('error', fault);
  expect(signal.aborted).toBe(true);
  release();
  const later = interruptible(console);
  later.release();
  process.stderr.emit('error', fault);
  expect(later.signal.aborted).toBe(false);
});

it('after the seconds that were given it stops by itself, and not where it was done before', () => {
  vi.useFakeTimers();
  try {
    const [running, done] = [interruptible(console, 2), interruptible(console, 2)];
    done.release();
    vi.advanceTimersByTime(1999);
    expect(running.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect([running.signal.aborted, done.signal.aborted]).toEqual([true, false]);
    expect(lines).toEqual(['2 s are over; stopping after this step.']);
    running.release();
  } finally {
    vi.useRealTimers();
  }
});

it('a standard output that nobody reads any more stops nothing; a terminal that fails does; a full disk is a failure', () => {
  const stopped = (code: string): boolean => {
    const { signal, release } = interruptible(console);
    process.stdout.emit('error', Object.assign(new Error(`${code}: as injected`), { code }));
    release();
    return signal.aborted;
  };
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const before = process.exitCode;
  expect([stopped('EPIPE'), process.exitCode]).toEqual([false, before]);
  expect(stopped('EIO')).toBe(true);
  expect(said).not.toHaveBeenCalled();
  expect([stopped('ENOSPC'), stopped('ENOSPC'), process.exitCode]).toEqual([false, false, 1]);
  process.exitCode = before;
  expect(said.mock.calls).toEqual([['stdout: expected `stdout` to be writable, got ENOSPC: as injected. The answer is not whole.\n']]);
});
