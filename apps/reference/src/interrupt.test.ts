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
