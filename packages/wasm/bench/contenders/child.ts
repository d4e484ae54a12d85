/** A contender in a process of its own: backends and threads belong to a whole process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Answer, Hello, Prepared, Processor, Request, Visited } from './protocol';

export type Command = {
  readonly file: string;
  readonly parameters: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
};

/** How long it slept between requests, and how much of the processor it took meanwhile: both in milliseconds. */
export type Idle = { readonly elapsed: number; readonly processor: number };

export interface Child extends Hello {
  prepare(request: Omit<Extract<Request, { do: 'prepare' }>, 'do'>): Promise<Prepared>;
  visit(request: Omit<Extract<Request, { do: 'visit' }>, 'do'>): Promise<Visited>;
  release(): Promise<void>;
  idle(): Idle;
  end(): void;
}

/** Rejects with what it said last where it cannot start. */
export async function startChild({ file, parameters, environment }: Command): Promise<Child> {
  const child = spawn(file, parameters, { env: { ...process.env, ...environment }, stdio: ['pipe', 'pipe', 'pipe'] });
  const ask = conversation(child);
  let last: { readonly processor: Processor; readonly at: number } | undefined;
  const idle = { elapsed: 0, processor: 0 };
  const request = async <T>(what: Request): Promise<T> => {
    const sent = performance.now();
    const answer = await ask(what);
    if ('error' in answer) throw new Error(`${'name' in what ? `${what.name}: ` : ''}${answer.error}`);
    if (last) {
      idle.elapsed += sent - last.at;
      idle.processor += answer.processor.before - last.processor.after;
    }
    last = { processor: answer.processor, at: performance.now() };
    return answer as T;
  };
  const { title, kinds } = await request<Hello>({ do: 'hello' });
  return {
    title,
    kinds,
    prepare: (parts) => request<Prepared>({ do: 'prepare', ...parts }),
    visit: (parts) => request<Visited>({ do: 'visit', ...parts }),
    release: () => request({ do: 'release' }),
    idle: () => ({ ...idle }),
    end: () => void child.stdin?.end(),
  };
}

/** One request at a time. Where the child ends instead of answering, the error holds the last it wrote. */
function conversation(child: ChildProcess): (request: Request) => Promise<Answer> {
  let complaints = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    complaints = (complaints + chunk.toString()).slice(-4000);
  });
  let waiting: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;
  let ended: Error | undefined;
  const end = (reason: string): void => {
    ended ??= new Error(`${reason} ${complaints.trim()}`.trim());
    waiting?.reject(ended);
  };
  child.once('error', ({ message }) => end(message));
  child.once('close', (code, signal) => end(`the process ended with ${signal ?? `code ${code}`}.`));
  // A child that has gone is heard of through `close`.
  child.stdin!.on('error', () => undefined);
  createInterface({ input: child.stdout! }).on('line', (line) => {
    try {
      waiting?.resolve(JSON.parse(line) as Answer);
    } catch {
      waiting?.reject(new Error(`expected a line of JSON, got ${line.slice(0, 200)}`));
    }
  });
  return (request) =>
    new Promise((resolve, reject) => {
      waiting = { resolve, reject };
      if (ended) return reject(ended);
      child.stdin!.write(`${JSON.stringify(request)}\n`);
    });
}
