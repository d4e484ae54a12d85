/** Progress as people want to see it: a bar on a terminal, plain lines with long pauses otherwise. */
import { MultiBar } from 'cli-progress';

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
  let bars: MultiBar | undefined;
  const say = (line: string): void => {
    // Above the bar, where one is drawn.
    if (bars?.isActive) bars.log(`${line}\n`);
    else stream.write(`${line}\n`);
  };
  return {
    say,
    task: (title) => {
      if (!stream.isTTY) return lineTask(title, say);
      bars = new MultiBar({ ...look, stream });
      return barTask(title, bars, stream);
    },
  };
}

const look = {
  format: '{title} [{bar}] {percentage} %  {note}',
  barsize: 24,
  barCompleteChar: '=',
  barIncompleteChar: ' ',
  hideCursor: true,
  clearOnComplete: true,
  linewrap: false,
  // The drivers say when to stop; a bar must not end the process on a signal.
  gracefulExit: false,
};

function barTask(title: string, bars: MultiBar, stream: NodeJS.WriteStream): Task {
  const bar = bars.create(1, 0, { title, note: '' });
  const end = (line: string): void => {
    // What was logged last is written when the bars are drawn once more.
    bars.update();
    bars.stop();
    stream.write(`${line}\n`);
  };
  return { at: (done, of, note) => bar.update(done / Math.max(1, of), { note }), finish: end, fail: end };
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
