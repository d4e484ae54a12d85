/** The child's side of the protocol, for contenders in JavaScript. */
import { createInterface } from 'node:readline';
import { type Figures, figuresOf } from '../cases/numbers';
import type { Work } from '../cases/work';
import { FEWEST, type Hello, ONCE, type Prepared, type Request } from './protocol';

/** A piece of work with its inputs in place. */
export interface Workload {
  /** One call: what is timed. */
  run(): void | Promise<void>;
  /** The answer, by `calls` calls (1 unless said). Nothing of it may stay in memory. */
  readonly answer: { readonly calls?: number; values(): ArrayLike<number> };
  /** Puts back what calls change: before each visit, not timed. */
  reset?(): void;
  release(): void;
  readonly note?: string;
}

/** What a contender cannot compute, said in a few words. */
export class Unable extends Error {}

export interface Contender extends Hello {
  create(work: Work): Workload | Promise<Workload>;
}

/** Answers requests until the parent closes the stream. */
export async function serve(contender: Contender): Promise<void> {
  // Libraries may print; the standard output belongs to the protocol.
  console.log = console.info = console.error;
  const workloads = new Map<string, Workload>();
  for await (const line of createInterface({ input: process.stdin })) {
    const before = processorTime();
    const answer = await respond(contender, workloads, JSON.parse(line) as Request).catch((error: Error) => ({
      error: error.stack ?? error.message,
    }));
    process.stdout.write(`${JSON.stringify({ ...answer, processor: { before, after: processorTime() } })}\n`);
  }
  process.exit();
}

function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function respond({ create, ...hello }: Contender, workloads: Map<string, Workload>, request: Request): Promise<object> {
  switch (request.do) {
    case 'hello':
      return hello;
    case 'prepare':
      return prepare(request, () => create(request.work), workloads);
    case 'visit': {
      const workload = workloads.get(request.name)!;
      workload.reset?.();
      if (request.lead) await workload.run();
      return { milliseconds: await times(workload, (count) => count < request.calls) };
    }
    case 'release':
      for (const workload of workloads.values()) workload.release();
      workloads.clear();
      return {};
  }
}

async function prepare(
  { name, warm }: { readonly name: string; readonly warm: number },
  create: () => Workload | Promise<Workload>,
  workloads: Map<string, Workload>,
): Promise<Prepared> {
  let workload: Workload;
  try {
    workload = await create();
  } catch (error) {
    if (error instanceof Unable) return { unable: error.message };
    throw error;
  }
  workloads.set(name, workload);
  const note = workload.note === undefined ? {} : { note: workload.note };
  const start = performance.now();
  const values = workload.answer.values();
  const first = (performance.now() - start) / (workload.answer.calls ?? 1);
  const figures: Figures = figuresOf(values);
  if (first > ONCE) return { figures, guess: first, once: true, ...note };
  workload.reset?.();
  const found = await times(workload, (count, elapsed) => count < FEWEST || elapsed < warm);
  return { figures, guess: Math.min(...found), ...note };
}

/** Milliseconds of call after call, as long as `more` says. */
async function times(workload: Workload, more: (count: number, elapsed: number) => boolean): Promise<number[]> {
  const found: number[] = [];
  const begin = performance.now();
  while (more(found.length, performance.now() - begin)) {
    const start = performance.now();
    const pending = workload.run();
    if (pending) await pending;
    found.push(performance.now() - start);
  }
  return found;
}
