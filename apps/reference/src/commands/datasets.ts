/** `groundstate datasets list|fetch|verify`: what data there is, where it is, and whether it is what it should be. */
import { join } from 'node:path';
import { expected } from '@groundstate/core';
import { type DatasetRecipe, recipeNamed, recipes } from '@groundstate/datasets';
import { cacheDirectory, type DatasetReport, dataDirectories, fetchDataset, findDataset, verifyDataset } from '@groundstate/datasets/node';
import Table from 'cli-table3';
import type { Output } from '../console/output';
import { quoted } from '../console/quoted';
import { realData } from '../data';
import { interruptible } from '../interrupt';
import { pipelines } from '../pipelines/registry';

export interface FetchFlags {
  /** The folder into which the data sets' folders go. @default GROUNDSTATE_DATA, else the cache */
  readonly data?: string | undefined;
  /** Addresses of folders that are tried before the known ones. @default none */
  readonly mirror?: readonly string[] | undefined;
  /** Replace a file of that name that is something else. @default false */
  readonly force?: boolean | undefined;
  /** Files that no pipeline needs too, such as SVHN's extra set. @default false */
  readonly optional?: boolean | undefined;
}

export interface VerifyFlags {
  /** @default where it is found: GROUNDSTATE_DATA, then the cache */
  readonly data?: string | undefined;
}

const schema = 'groundstate/datasets@1';

export async function listDatasets(output: Output): Promise<void> {
  const datasets = [];
  for (const recipe of Object.values(recipes)) {
    const found = await findDataset(recipe);
    datasets.push({
      name: recipe.name,
      title: recipe.title,
      format: recipe.format,
      trainable: realData.has(recipe.name),
      bytes: bytesOf(recipe),
      directory: found?.directory ?? null,
      home: recipe.home,
      licence: recipe.licence,
      mirrors: recipe.mirrors,
    });
  }
  const drawn = new Map<string, string>();
  const table = new Table({ head: ['name', 'what it is', 'size', 'where it is'], style: { head: [], border: [] } });
  for (const { standIn, title } of Object.values(pipelines)) {
    // Two pipelines may have one stand-in.
    if (drawn.get(standIn) === undefined) drawn.set(standIn, `drawn by Groundstate's own code; not ${title}`);
  }
  for (const [name, about] of drawn) table.push([name, about, '-', 'always there']);
  for (const { name, title, bytes, directory } of datasets) table.push([name, title, megabytes(bytes), directory ?? 'not found']);
  const advice = 'groundstate datasets fetch mnist fetches one; groundstate datasets verify says whether it is whole.';
  output.answer(`${table.toString()}\nThe cache is ${cacheDirectory()}.\n${advice}`, { schema, cache: cacheDirectory(), datasets });
}

export async function fetchDatasets(names: readonly string[], flags: FetchFlags, output: Output): Promise<void> {
  const { data, mirror, force = false, optional = false } = flags;
  const chosen = named('fetch', names);
  if (mirror !== undefined && chosen.length !== 1) {
    throw expected('datasets fetch', '--mirror', 'the mirror of one data set', `${chosen.length} data sets`, 'Fetch them one at a time.');
  }
  const wrong = mirror?.find((address) => !/^https?:$/.test(URL.canParse(address) ? new URL(address).protocol : ''));
  if (wrong !== undefined) throw expected('datasets fetch', '--mirror', 'an address that starts with https:// or http://', wrong);
  const directory = homeOf('fetch', data);
  const { console } = output;
  const { signal, release } = interruptible(console);
  const fetched = [];
  try {
    for (const recipe of chosen) {
      const bytes = bytesOf(recipe, optional);
      const task = console.task(`${recipe.name}: fetching ${megabytes(bytes)} into ${join(directory, recipe.name)}`);
      const have = new Map<string, number>();
      try {
        const result = await fetchDataset(recipe, {
          directory,
          signal,
          overwrite: force,
          optional,
          mirrors: [...(mirror ?? []), ...recipe.mirrors],
          onNotice: console.say,
          onProgress: ({ file, received, mirror: from }) => {
            have.set(file, received);
            task.at(sum(have.values()), bytes, `${file} from ${new URL(from).host}`);
          },
        });
        task.finish(`${recipe.name}: ${inWords(result.files)}`);
        fetched.push(result);
      } catch (cause) {
        task.fail(`${recipe.name}: not fetched`);
        throw cause;
      }
    }
  } finally {
    release();
  }
  const lines = fetched.map(({ name, directory: folder }) => `${name} is whole, in ${folder}`);
  const use = data === undefined ? [] : [`Use it with --data ${quoted(data)}, or set GROUNDSTATE_DATA=${quoted(data)}.`];
  output.answer([...lines, ...use].join('\n'), { schema, fetched });
}

/** 1 where something is wrong with a file, or nothing was found to look at; else 0. */
export async function verifyDatasets(names: readonly string[], flags: VerifyFlags, output: Output): Promise<number> {
  const chosen = named('verify', names.length === 0 ? Object.keys(recipes) : names);
  const home = homeOf('verify', flags.data);
  const reports: DatasetReport[] = [];
  for (const recipe of chosen) {
    const found = await findDataset(recipe, { data: flags.data });
    // One that was asked for by name and is nowhere is missing, file by file; of the others, those that are there are looked at.
    if (found === undefined && names.length === 0) continue;
    reports.push(await verifyDataset(recipe, found?.directory ?? join(home, recipe.name)));
  }
  const whole = reports.length > 0 && reports.every((report) => report.whole);
  const nothing = 'No data set was found. groundstate datasets fetch mnist fetches one.';
  output.answer(reports.length === 0 ? nothing : reports.map(inLines).join('\n\n'), { schema, whole, reports });
  return whole ? 0 : 1;
}

/** The first place in which data is looked for. */
function homeOf(command: 'fetch' | 'verify', data: string | undefined): string {
  if (data === '') throw expected(`datasets ${command}`, '--data', 'the path of a folder', data);
  return dataDirectories({ data })[0]!.path;
}

function named(command: 'fetch' | 'verify', names: readonly string[]): DatasetRecipe[] {
  const known = Object.keys(recipes);
  const list = known.map((name) => `'${name}'`).join(', ');
  if (names.length === 0) throw expected(`datasets ${command}`, 'name', `at least one of ${list}`, 'none');
  const chosen = names.map((name) => {
    const recipe = recipeNamed(name);
    if (recipe !== undefined) return recipe;
    throw expected(`datasets ${command}`, 'name', `one of ${list}`, name, 'groundstate datasets list says more about them.');
  });
  // One that was named twice, by its two names perhaps, is one.
  return [...new Set(chosen)];
}

function inLines({ name, directory, whole, files }: DatasetReport): string {
  const lines = files.flatMap(({ file, state, explanation, advice }) => [
    `  ${state.padEnd(12)} ${file}: ${explanation}`,
    ...(advice === '' ? [] : [`  ${''.padEnd(12)} ${advice}`]),
  ]);
  return [`${name} in ${directory}: ${whole ? 'whole' : 'NOT whole'}`, ...lines].join('\n');
}

function inWords(files: readonly { readonly state: string }[]): string {
  const present = files.filter(({ state }) => state === 'present').length;
  if (present === files.length) return 'all of it was there already';
  return present === 0 ? 'fetched and verified' : `${files.length - present} files fetched and verified, ${present} were there already`;
}

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);
/** What is fetched, with the files that are optional only where they are asked for. */
const bytesOf = ({ files }: DatasetRecipe, withOptional = false): number =>
  sum(files.filter(({ optional }) => withOptional || !optional).map(({ size }) => size));
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
