/**
 * Writes the tables of the READMEs from the code, between `<!-- table:attacks -->` and `<!-- /table -->`.
 *
 *     npm run readme               writes them
 *     npm run readme -- --check    changes nothing; ends with 1 and names every README that is out of date
 *
 * It reads the built packages, not the sources: core bundles tfjs-core's registration of gradients, which is written
 * without file extensions and cannot be imported by Node (nor by tsx) as it comes.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { latestRecord } from '../packages/wasm/bench/record/latest';
import { compactTable } from '../packages/wasm/bench/record/tables';
import { pipelineTables } from './pipeline-tables';
import { nearlySame, sizeTables } from './size-tables';

type Row = readonly string[];
type Table = { readonly columns: Row; readonly rows: readonly Row[] };
type Card = Readonly<Record<string, unknown>> & { readonly name: string };
type Manifest = { readonly name: string; readonly description: string; readonly private?: boolean };

const root = fileURLToPath(new URL('..', import.meta.url));

/** Which table each package's README must hold as soon as its code has something to list. */
const HOMES: Readonly<Record<string, string>> = {
  attacks: 'packages/attacks/README.md',
  bench: 'packages/wasm/README.md',
  packages: 'README.md',
  'mnist-l2': 'README.md',
  'mnist-l2-differences': 'README.md',
  'mnist-l2-audit': 'README.md',
  'mnist-l2-audit-differences': 'README.md',
};

/** Every exported factory that shows a card, either itself or on what it returns when it is called with nothing. */
async function cards(specifier: string): Promise<(readonly [factory: string, card: Card])[]> {
  const names: Readonly<Record<string, unknown>> = await import(specifier);
  return Object.entries(names).flatMap(([name, value]) => {
    const card = typeof value === 'function' ? (cardOf(value) ?? cardOf(result(value as () => unknown))) : undefined;
    return card === undefined ? [] : [[name, card] as const];
  });
}

function cardOf(value: unknown): Card | undefined {
  const holder = (typeof value === 'object' && value !== null) || typeof value === 'function' ? (value as { readonly card?: unknown }) : {};
  return typeof holder.card === 'object' && holder.card !== null && 'name' in holder.card ? (holder.card as Card) : undefined;
}

/** Helpers and factories with required arguments throw: they have no row. (Every attack must have one: see tests/architecture.) */
function result(factory: () => unknown): unknown {
  try {
    const made = factory();
    // An asynchronous helper without its arguments rejects: that is no row either.
    if (made instanceof Promise) made.catch(() => undefined);
    return made;
  } catch {
    return undefined;
  }
}

function show(value: unknown): string {
  const text = Array.isArray(value) ? value.map(String).join(', ') : String(value ?? '');
  return text.replaceAll('|', '\\|').replaceAll(/\barXiv[: ](\d{4}\.\d{4,5})/g, '[arXiv $1](https://arxiv.org/abs/$1)');
}

async function cardTable(specifier: string, first: string, fields: Readonly<Record<string, string>>): Promise<Table> {
  const found = await cards(specifier);
  return {
    columns: [first, ...Object.keys(fields)],
    rows: found.map(([factory, card]) => [`\`${factory}()\``, ...Object.values(fields).map((field) => show(card[field]))]),
  };
}

function packageTable(): Table {
  const manifests = ['packages', 'apps'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => existsSync(join(root, folder, name, 'package.json')))
      .map((name) => ({
        path: `${folder}/${name}`,
        ...(JSON.parse(readFileSync(join(root, folder, name, 'package.json'), 'utf8')) as Manifest),
      })),
  );
  const published = manifests.filter((manifest) => manifest.private !== true);
  return {
    columns: ['Package', 'What it holds'],
    rows: published.map(({ name, path, description }) => [`[\`${name}\`](${path})`, show(description)]),
  };
}

type Over = { readonly mean: number; readonly low: number | null; readonly high: number | null; readonly seeds: readonly number[] };
type Summary = { readonly entrant: string; readonly gradientEvaluations: number; readonly accuracy: Readonly<Record<string, Over>> };
type Interval = { readonly mean: number; readonly low: number; readonly high: number };
type Difference = Readonly<Record<'left' | 'right' | 'verdict', string>> & Readonly<Record<'overSeeds' | 'overImages', Interval>>;
type Comparison = {
  readonly attacks: readonly string[];
  readonly summaries: readonly Summary[];
  readonly differences: readonly Difference[];
};

/** What a recipe gave, as it wrote it down. */
function recipe<T>(name: string): T {
  return JSON.parse(readFileSync(join(root, 'apps', 'recipes', 'results', `${name}.json`), 'utf8')) as T;
}

const percent = (share: number): string => (100 * share).toFixed(1);
const signed = (share: number): string => `${share < 0 ? '' : '+'}${percent(share)}`;

/** The best worst case first: every defence over its seeds. */
function comparisonTable(name: string): Table {
  const { attacks, summaries } = recipe<{ comparison: Comparison }>(name).comparison;
  const cell = ({ mean, low, high, seeds }: Over): string =>
    `**${percent(mean)}** (${percent(Math.max(0, low ?? 0))}-${percent(Math.min(1, high ?? 1))}) ${seeds.map(percent).join(' ')}`;
  const sorted = [...summaries].sort((a, b) => b.accuracy.worst!.mean - a.accuracy.worst!.mean);
  return {
    columns: ['Defence', 'Gradients', 'Worst case', ...attacks.map((attack) => attack.split(':')[0]!), 'Clean'],
    rows: sorted.map(({ entrant, gradientEvaluations, accuracy }) => [
      entrant,
      String(gradientEvaluations),
      ...['worst', ...attacks, 'clean'].map((attack) => cell(accuracy[attack]!)),
    ]),
  };
}

type Audit = {
  readonly summaries: readonly { readonly entrant: string; readonly table: Interval; readonly audited: Interval }[];
  readonly rows: readonly { readonly entrant: string; readonly audited: number }[];
  readonly differences: readonly Difference[];
};

function auditTable(name: string): Table {
  const { summaries, rows } = recipe<Audit>(name);
  return {
    columns: ['Defence', 'Worst case, audited', 'Worst case of the table below'],
    rows: summaries.map(({ entrant, table, audited }) => {
      const seeds = rows.filter((row) => row.entrant === entrant).map((row) => percent(row.audited));
      return [
        entrant,
        `**${percent(audited.mean)}** (${percent(audited.low)}-${percent(audited.high)}) ${seeds.join(' ')}`,
        percent(table.mean),
      ];
    }),
  };
}

function differencesTable(differences: readonly Difference[]): Table {
  const range = ({ low, high }: Interval): string => `${signed(low)} .. ${signed(high)}`;
  return {
    columns: ['Worst case', 'Difference', '95 % over images', '95 % over seeds', 'Verdict'],
    rows: differences.map(({ left, right, overSeeds, overImages, verdict }) => [
      `${left} less ${right}`,
      signed(overImages.mean),
      range(overImages),
      range(overSeeds),
      verdict,
    ]),
  };
}

/** The latest whole run of the benchmark; nothing before the first. */
function benchTable(): Table {
  const record = latestRecord(join(root, 'packages', 'wasm', 'bench', 'results'));
  return record ? compactTable(record) : { columns: [], rows: [] };
}

const TABLES: Readonly<Record<string, () => Table | Promise<Table>>> = {
  attacks: () =>
    cardTable('@groundstate/attacks', 'Attack', {
      Name: 'name',
      Norms: 'norms',
      Budget: 'budget',
      Access: 'access',
      Goals: 'goals',
      Paper: 'paper',
    }),
  bench: benchTable,
  packages: packageTable,
  'mnist-l2': () => comparisonTable('mnist-l2'),
  'mnist-l2-differences': () => differencesTable(recipe<{ comparison: Comparison }>('mnist-l2').comparison.differences),
  'mnist-l2-audit': () => auditTable('mnist-l2-audit'),
  'mnist-l2-audit-differences': () => differencesTable(recipe<Audit>('mnist-l2-audit').differences),
  ...pipelineTables(root),
};

function markdown({ columns, rows }: Table): string {
  const line = (cells: Row): string => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}

/**
 * The text with every marked table replaced; throws where a marker is not understood. Sizes that are nearly the same stay, and
 * so does the empty place of a table that has no rows yet.
 */
function fill(text: string, path: string, tables: ReadonlyMap<string, Table>): string {
  const opened = text.match(/<!-- table:/g)?.length ?? 0;
  let filled = 0;
  const next = text.replaceAll(
    /(<!-- table:([\w-]+) -->\n)([\s\S]*?)(<!-- \/table -->)/g,
    (whole: string, start: string, name: string, before: string, end: string) => {
      const table = tables.get(name);
      if (table === undefined) throw new Error(`${path}: there is no table '${name}', only ${[...tables.keys()].join(', ')}.`);
      filled++;
      if (table.rows.length === 0 && before.trim() === '') return whole;
      if (name === 'size' && nearlySame(before.trim(), markdown(table))) return whole;
      return `${start}\n${markdown(table)}\n\n${end}`;
    },
  );
  if (filled !== opened)
    throw new Error(
      `${path}: expected each \`<!-- table:name -->\` to stand on a line of its own and to be closed by \`<!-- /table -->\`.`,
    );
  return next;
}

const checkOnly = process.argv.includes('--check');
const tables = new Map<string, Table>();
for (const [name, make] of Object.entries(TABLES)) tables.set(name, await make());
const sizes = await sizeTables(root);

const files = [
  'README.md',
  ...['packages', 'apps'].flatMap((folder) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}/README.md`)),
];
const complaints: string[] = [];
for (const path of files.filter((file) => existsSync(join(root, file)))) {
  const text = readFileSync(join(root, path), 'utf8');
  for (const [name, home] of Object.entries(HOMES)) {
    if (home === path && tables.get(name)!.rows.length > 0 && !text.includes(`<!-- table:${name} -->`)) {
      complaints.push(`${path} has no \`<!-- table:${name} -->\` ... \`<!-- /table -->\`: add both lines where the table belongs.`);
    }
  }
  const size = sizes.get(path);
  if (size !== undefined && !text.includes('<!-- table:size -->')) {
    complaints.push(`${path} has no \`<!-- table:size -->\` ... \`<!-- /table -->\`: add both lines where the sizes belong.`);
  }
  const next = fill(text, path, size === undefined ? tables : new Map([...tables, ['size', size]]));
  if (next === text) continue;
  if (checkOnly) complaints.push(`${path} is out of date: run \`npm run readme\`.`);
  else {
    writeFileSync(join(root, path), next);
    console.log(`readme-tables: wrote ${relative('.', join(root, path))}`);
  }
}
for (const complaint of complaints) console.error(`readme-tables: ${complaint}`);
if (complaints.length === 0) console.log('readme-tables: every table is up to date');
process.exitCode = complaints.length === 0 ? 0 : 1;
