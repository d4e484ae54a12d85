/** Progress as people want to see it: a bar on a terminal, plain lines with long pauses otherwise. */
import { SingleBar } from 'cli-progress';

export interface Task {
  /** `done` of `of` units; `note` says what is going on. */
  at(done: number, of: number, note: string): void;
  finish(line: string): void;
  fail(line: string): void;
}

export interface Console {
  say(line: string): void;
  task(title: string): Task;
}

/** Seconds between two plain lines. */
const pause = 15;

export function createConsole(stream: NodeJS.WriteStream = process.stderr): Console {
  // A line that comes while a bar is drawn must not end up in it.
  let erase: () => void = () => undefined;
  const say = (line: string): void => {
    erase();
    stream.write(`${line}\n`);
  };
  return {
    say,
    task: (title) => {
      if (!stream.isTTY) return lineTask(title, say);
      const task = barTask(title, stream);
      erase = task.erase;
      return task;
    },
  };
}

function barTask(title: string, stream: NodeJS.WriteStream): Task & { erase(): void } {
  const bar = new SingleBar({
    stream,
    format: '{title} [{bar}] {percentage} %  {note}',
    barsize: 24,
    barCompleteChar: '=',
    barIncompleteChar: ' ',
    hideCursor: true,
    clearOnComplete: true,
    linewrap: false,
    // The drivers say when to stop; the bar must not end the process on a signal.
    gracefulExit: false,
  });
  bar.start(1, 0, { title, note: '' });
  const end = (line: string): void => {
    bar.stop();
    stream.write(`${line}\n`);
  };
  return {
    at: (done, of, note) => bar.update(done / Math.max(1, of), { note }),
    finish: end,
    fail: end,
    erase: () => {
      if (bar.isActive) stream.write('\r\u001b[K');
    },
  };
}

function lineTask(title: string, say: (line: string) => void): Task {
  let last = Date.now();
  say(`${title} ...`);
  return {
    at: (done, of, note) => {
      if (Date.now() - last < pause * 1000) return;
      last = Date.now();
      say(`  ${Math.floor((100 * done) / Math.max(1, of))} %  ${note}`);
    },
    finish: say,
    fail: say,
  };
}
