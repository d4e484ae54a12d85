/** The record that READMEs quote: the latest whole one of the folder. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchRecord } from './record';

/** Undefined where the folder holds none. */
export function latestRecord(folder: string): BenchRecord | undefined {
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  const records = files.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as BenchRecord).filter(({ whole }) => whole);
  return records.sort((left, right) => left.date.localeCompare(right.date)).at(-1);
}
