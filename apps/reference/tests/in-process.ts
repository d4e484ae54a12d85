/** The command line in this process: what it is told, what it says, and the code it ends with. */
import type { Streams } from '../src/console/output';
import { main } from '../src/main';

export type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string };

export async function groundstate(...parameters: readonly string[]): Promise<Ended> {
  const said = { stdout: '', stderr: '' };
  const write = (name: 'stdout' | 'stderr') => (text: string) => {
    said[name] += text;
    return true;
  };
  const streams = { stdout: { write: write('stdout') }, stderr: { write: write('stderr'), isTTY: false } } as unknown as Streams;
  return { code: await main(parameters, streams), ...said };
}
