/** Where a command's words go: stdout holds the answer, for people or (with `--json`) for machines; stderr everything on the way to it. */
import { type Console, createConsole } from './progress';
import { quoted } from './quoted';

/** The two streams of a process, or what a test puts in their place. */
export interface Streams {
  readonly stdout: Pick<NodeJS.WriteStream, 'write'>;
  readonly stderr: NodeJS.WriteStream;
}

export interface Output {
  readonly json: boolean;
  readonly console: Console;
  /** The command line, as one can type it again. */
  readonly command: string;
  /** The answer: `text` for people, `data` as one JSON document for machines. Once a command. */
  answer(text: string, data: unknown): void;
}

export interface OutputOptions {
  readonly json?: boolean | undefined;
  readonly streams?: Streams;
  /** What stands after `groundstate`. */
  readonly parameters?: readonly string[];
}

export function createOutput({ json = false, streams = process, parameters = [] }: OutputOptions = {}): Output {
  return {
    json,
    console: createConsole(streams.stderr),
    command: ['groundstate', ...parameters.map(quoted)].join(' '),
    answer: (text, data) => {
      streams.stdout.write(json ? `${JSON.stringify(data, null, 2)}\n` : `${text}\n`);
    },
  };
}
