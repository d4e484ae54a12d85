/** Progress as people want to see it: a bar on a terminal, plain lines with long pauses otherwise. */
import { progress } from '@clack/prompts';

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
  const say = (line: string): void => {
    stream.write(`${line}\n`);
  };
  return { say, task: (title) => (stream.isTTY ? barTask(title, stream) : lineTask(title, say)) };
}

function barTask(title: string, stream: NodeJS.WriteStream): Task {
  const units = 1000;
  const bar = progress({ max: units, size: 30, style: 'heavy', output: stream });
  bar.start(title);
  let shown = 0;
  return {
    at: (done, of, note) => {
      const reached = Math.floor((units * done) / Math.max(1, of));
      bar.advance(reached - shown, `${title}: ${note}`);
      shown = reached;
    },
    finish: (line) => bar.stop(line),
    fail: (line) => bar.error(line),
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
