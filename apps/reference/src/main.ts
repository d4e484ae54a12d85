/** The command line as a function: what it is told, where it writes, and the exit code. It ends no process, so that tests can call it. */
import { CommanderError } from 'commander';
import type { Streams } from './console/output';
import { createProgram } from './program';
import { usageFault } from './usage-fault';

/** 0 done, 1 something failed, 2 wrong use, 130 interrupted; `doctor` and `datasets verify` give 1 for what they found. */
export async function main(parameters: readonly string[], streams: Streams = process): Promise<number> {
  let code = 0;
  const program = createProgram({
    streams,
    perform: async ({ json }, work) => {
      const [{ createOutput }, { guardStreams }] = await Promise.all([import('./console/output'), import('./console/streams')]);
      guardStreams();
      const found = await work(createOutput({ json, streams, parameters }));
      if (typeof found === 'number') code = found;
    },
  });
  try {
    await program.parseAsync(parameters, { from: 'user' });
    return code;
  } catch (cause) {
    if (cause instanceof CommanderError && cause.exitCode === 0) return 0;
    return await report(cause instanceof CommanderError ? await usageFault(cause, parameters) : cause, streams);
  }
}

/** What we say ourselves needs no stack; anything else is a bug, and the stack is what helps. */
async function report(cause: unknown, { stderr }: Streams): Promise<number> {
  const { GroundstateError } = await import('@groundstate/core');
  const known = GroundstateError.is(cause);
  // The driver that stopped is of no interest; whoever can be resumed has said how.
  if (known && cause.code === 'aborted') stderr.write('groundstate: interrupted.\n');
  else stderr.write(`${known ? cause.message : cause instanceof Error ? cause.stack : String(cause)}\n`);
  return known && cause.code === 'aborted' ? 130 : known && cause.code === 'invalid-argument' ? 2 : 1;
}
