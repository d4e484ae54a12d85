/** One run: starts the contenders, measures group after group, ends the contenders, and writes down what was seen. */
import { cpus, platform, release } from 'node:os';
import { CASES, PEAKS } from '../cases';
import type { Case } from '../cases/work';
import { ENTRANTS, type Entrant } from '../contenders';
import { type Child, startChild } from '../contenders/child';
import { type BenchRecord, merged, type RecordedCase, resultOf } from '../record/record';
import type { BenchOptions } from './options';
import { measureGroup, type Samples } from './rounds';

type Started = { readonly children: Map<string, Child>; readonly missing: { readonly id: string; readonly reason: string }[] };

export async function runBench(options: BenchOptions, progress: (text: string) => void): Promise<BenchRecord> {
  const cases = CASES.filter(({ name, heavy }) => (options.only?.test(name) ?? true) && !(options.quick && heavy));
  if (cases.length === 0) throw new Error(`bench: expected \`--only\` to be the name of a case, or a part of one, got ${options.only}.`);
  const wanted = ENTRANTS.filter(({ id }) => options.contenders?.includes(id) ?? true);
  const date = new Date().toISOString();
  const { children, missing } = await startAll(wanted, progress);
  try {
    const groups = [...new Set(cases.map(({ group }) => group))];
    const samples: Samples[] = [];
    for (const [index, group] of groups.entries()) {
      const chosen = [...PEAKS, ...cases.filter((one) => one.group === group)];
      const tell = (text: string): void => progress(`${group} (${index + 1} of ${groups.length}): ${text}`);
      samples.push(await measureGroup(chosen, children, options.pace, tell));
    }
    progress('done\n');
    const contenders = wanted.flatMap(({ id, role, threads }) => {
      const child = children.get(id);
      return child ? [{ id, title: child.title, role, threads, idleShare: idleShareOf(child) }] : [];
    });
    return {
      date,
      machine: { processor: cpus()[0]?.model.trim() ?? 'unknown processor', cores: cpus().length, platform: `${platform()} ${release()}` },
      node: process.versions.node,
      rounds: options.pace.rounds,
      whole: !options.quick && options.only === undefined && options.contenders === undefined,
      contenders,
      missing,
      cases: [...PEAKS, ...cases].map((one) => recorded(one, samples)),
    };
  } finally {
    for (const child of children.values()) child.end();
  }
}

/** All that can be had. One that needs nothing but this repository must be there. */
async function startAll(entrants: readonly Entrant[], progress: (text: string) => void): Promise<Started> {
  const started: Started = { children: new Map(), missing: [] };
  for (const { id, command, required } of entrants) {
    progress(`starting ${id}`);
    try {
      if ('missing' in command) throw new Error(command.missing);
      started.children.set(id, await startChild(command));
    } catch (error) {
      const reason = (error as Error).message;
      if (required) {
        for (const child of started.children.values()) child.end();
        throw new Error(`bench: expected \`${id}\` to be a contender that starts, got:\n${reason}\nRun \`npm run build\` first.`);
      }
      started.missing.push({ id, reason: reason.split('\n').find((line) => /^\w*Error\b.*: /.test(line)) ?? reason.split('\n')[0]! });
    }
  }
  return started;
}

function idleShareOf(child: Child): number {
  const { elapsed, processor } = child.idle();
  return elapsed === 0 ? 0 : Number((processor / elapsed).toPrecision(3));
}

function recorded({ name, group, operations }: Case, samples: readonly Samples[]): RecordedCase {
  const found = samples.flatMap((sample) => (sample[name] === undefined ? [] : [sample[name]]));
  const ids = [...new Set(found.flatMap((results) => Object.keys(results)))];
  const results = ids.map((id) => [id, resultOf(merged(found.flatMap((one) => (one[id] === undefined ? [] : [one[id]]))))] as const);
  return { name, group, ...(operations === undefined ? {} : { operations }), results: Object.fromEntries(results) };
}
