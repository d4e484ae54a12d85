/**
 * The event files of TensorBoard in a unit's folder of logs. A TensorBoard that runs goes on reading where it was: so a file is
 * not written anew under its name but under a later one, which begins by telling readers to forget what they have read.
 * The earlier file is emptied and stays until the next time, for a reader that finds its file gone stops for good.
 */
import { appendFileSync } from 'node:fs';
import { mkdir, readdir, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../../json-file';
import { encodeMessage, type Message, type Value } from './event-message';
import { tfRecord } from './tf-record';

/** What is in a file: the scalars of `events.jsonl`, or the images and histograms of an audit. */
export type Contents = 'events' | 'audit';

export type Entry = { /** ISO 8601. */ readonly at: string; readonly step: number; readonly values: readonly Value[] };

export interface TensorboardFile {
  readonly path: string;
  append(entry: Entry): void;
}

/** Replaces the files with these contents; those of `events` take those of an audit, which they come before, with them. */
export async function createTensorboardFile(folder: string, contents: Contents, entries: readonly Entry[]): Promise<TensorboardFile> {
  await mkdir(folder, { recursive: true });
  const files = (await readdir(folder)).flatMap((name) => parseName(name) ?? []);
  const old = files.filter((file) => contents === 'events' || file.contents === contents);
  const second = Math.max(Math.floor(Date.now() / 1000), ...files.map((file) => file.second + 1));
  const path = join(folder, nameOf(second, contents));
  const opening: Message[] = [{ what: 'version', wallTime: second, step: 0 }];
  if (contents === 'events') opening.push({ what: 'start', wallTime: second, step: 0 });
  await writeWhole(path, Buffer.concat([...opening.map(record), ...entries.map(entryRecord)]));
  await Promise.all(old.map((file) => retire(join(folder, file.name))));
  return { path, append: (entry) => appendFileSync(path, entryRecord(entry)) };
}

/** Where it fails (on Windows, as long as the file is open) nothing is wrong: readers forget what is in it. */
async function retire(path: string): Promise<void> {
  try {
    const { size } = await stat(path);
    await (size === 0 ? rm(path) : truncate(path));
  } catch {}
}

const record = (message: Message): Uint8Array => tfRecord(encodeMessage(message));

const entryRecord = ({ at, step, values }: Entry): Uint8Array => record({ what: 'values', wallTime: Date.parse(at) / 1000, step, values });

/** TensorBoard looks for `tfevents`, and reads the files in the order of their names. TensorFlow puts the host's name last; we do not. */
const nameOf = (second: number, contents: Contents): string => `events.out.tfevents.${second}.groundstate-${contents}`;

function parseName(name: string): { readonly name: string; readonly second: number; readonly contents: Contents } | undefined {
  const match = /^events\.out\.tfevents\.(\d{10})\.groundstate-(events|audit)$/.exec(name);
  return match ? { name, second: Number(match[1]), contents: match[2] as Contents } : undefined;
}
