/** Where a command's words go: stdout holds the answer, for people or (with `--json`) for machines; stderr everything on the way to it. */
import { type Console, createConsole } from './progress';

export interface Output {
  readonly json: boolean;
  readonly console: Console;
  /** The answer: `text` for people, `data` as one JSON document for machines. Once a command. */
  answer(text: string, data: unknown): void;
}

export function createOutput(options: { readonly json?: boolean | undefined } = {}): Output {
  const { json = false } = options;
  return {
    json,
    console: createConsole(),
    answer: (text, data) => {
      process.stdout.write(json ? `${JSON.stringify(data, null, 2)}\n` : `${text}\n`);
    },
  };
}
