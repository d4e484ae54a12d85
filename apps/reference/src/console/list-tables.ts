/** What there is to choose from, as tables that fit a terminal of 100 columns. */
import Table from 'cli-table3';

export interface Option {
  readonly name: string;
  /** What it is where nobody says otherwise. */
  readonly usual?: string;
  readonly about?: string;
}

export interface Listed {
  readonly name: string;
  /** Between the name and the rest: short words or figures. */
  readonly figures: readonly string[];
  /** What it is and where it comes from, a line each. */
  readonly about: readonly string[];
  readonly options: readonly Option[];
}

const columns = 100;

/** `first`: what the names are of; `figures`: the heads of the figures, and how wide each is at most. */
export function listTable(first: string, figures: readonly (readonly [head: string, width: number])[], rows: readonly Listed[]): string {
  const widest = Math.max(first.length, ...rows.map(({ name }) => name.length)) + 2;
  const widths = [widest, ...figures.map(([head, width]) => Math.max(head.length, width) + 2)];
  // A border on every side of every column.
  const rest = columns - widths.reduce((sum, width) => sum + width + 1, 2);
  const table = new Table({
    head: [first, ...figures.map(([head]) => head), 'what it is, its source, its options'],
    colWidths: [...widths, rest],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  for (const { name, figures: cells, about, options } of rows) {
    const line = options.map(({ name: option, usual }) => (usual === undefined ? option : `${option}=${usual.replaceAll(' ', '')}`));
    table.push([name, ...cells, [...about, ...(line.length > 0 ? [line.join(', ')] : [])].join('\n')]);
  }
  return table.toString();
}

/** What the options of a list mean: each name once, with all that it means. */
export function glossary(options: readonly Option[]): string {
  const meanings = new Map<string, Set<string>>();
  for (const { name, about } of options) {
    if (about !== undefined) meanings.set(name, (meanings.get(name) ?? new Set()).add(about));
  }
  const width = Math.max(...[...meanings.keys()].map((name) => name.length)) + 2;
  const table = new Table({
    colWidths: [width, columns - width],
    wordWrap: true,
    chars: { ...noLines },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const [name, abouts] of meanings) table.push([name, [...abouts].join('; ')]);
  return table.toString().replaceAll(/ +$/gm, '');
}

const lines = ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'] as const;
const inner = ['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'] as const;
const noLines = Object.fromEntries([...lines, ...inner].map((place) => [place, '']));
