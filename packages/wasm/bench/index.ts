/**
 * `npm run bench`: the kernels of this package beside those of others, in one run and one table. See README.md.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchRecord } from './record/record';
import { longTable, markdown } from './record/tables';
import { type BenchOptions, optionsOf, USAGE } from './run/options';
import { progressLine } from './run/progress';
import { runBench } from './run/run-bench';

/** Above this share of a core a contender that should sleep disturbs the others. */
const RESTLESS = 0.03;

async function main(options: BenchOptions): Promise<void> {
  if (options.help) return console.log(USAGE);
  if (options.show !== undefined) return print(JSON.parse(readFileSync(options.show, 'utf8')) as BenchRecord);
  const record = await runBench(options, progressLine(process.stderr));
  print(record);
  const file = options.json ?? (record.whole ? defaultFile(record) : undefined);
  if (file === undefined) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(record, undefined, 1)}\n`);
  console.log(`\nbench: wrote ${relative('.', file)}`);
}

function print(record: BenchRecord): void {
  const { processor, cores, platform } = record.machine;
  console.log(`${processor}, ${cores} cores, ${platform}, Node ${record.node}, ${record.date}, ${record.rounds} rounds\n`);
  console.log(markdown(longTable(record)));
  for (const { id, reason } of record.missing) console.log(`\n${id} is missing: ${reason}`);
  for (const { id, idleShare } of record.contenders.filter(({ idleShare }) => idleShare > RESTLESS)) {
    console.log(`\n${id} took ${(100 * idleShare).toFixed(1)} % of a core while others were measured: it disturbed them.`);
  }
}

function defaultFile({ date, node }: BenchRecord): string {
  const name = `${date.slice(0, 10)}-node${node.split('.')[0]}.json`;
  return join(dirname(fileURLToPath(import.meta.url)), 'results', name);
}

try {
  await main(optionsOf(process.argv.slice(2)));
} catch (error) {
  console.error(`\n${(error as Error).message}`);
  process.exitCode = 1;
}
