/**
 * A request from all the places that may say something about it. Later ones win: defaults, the preset, `--config`, flags,
 * `--set`. What comes out is complete and valid; what goes wrong is one sentence that names the place.
 */
import { expected, type GroundstateError } from '@groundstate/core';
import * as z from 'zod';
import { readConfigFile } from './config-file';
import { branch, merge, type Tree, valueAt } from './layers';
import { didYouMean } from './nearest';

/** What every command that makes a run takes beside its own flags. */
export interface ConfigFlags {
  readonly config?: string | undefined;
  readonly set?: readonly string[] | undefined;
}

export interface RequestSources {
  /** The command, for errors. */
  readonly owner: string;
  /** What config.json calls runs of this command. */
  readonly pipeline: string;
  readonly defaults: Tree;
  /** What was written on the command line. */
  readonly flags: ConfigFlags;
  /** Where each flag stands in the request: `{ norm: 'threat.norm' }`. Other flags are none of its business. */
  readonly places: { readonly [flag: string]: string };
  /** What follows from all that was said, a preset's sizes for one. It is itself below all that was said. */
  readonly preset?: (said: Tree, file: Tree) => Tree;
}

export async function readRequest<Request>(schema: z.ZodType<Request>, sources: RequestSources): Promise<Request> {
  const { owner, pipeline, defaults, flags, places, preset } = sources;
  const file = flags.config === undefined ? {} : await readConfigFile(flags.config, pipeline);
  const given = new Map<string, unknown>(Object.entries(flags));
  const written = Object.entries(places).filter(([flag]) => given.has(flag));
  const settings = (flags.set ?? []).map((text) => parseSetting(owner, text));
  const said = [
    ...written.map(([flag, path]) => branch(path, given.get(flag))),
    ...settings.map(({ path, value }) => branch(path, value)),
  ].reduce(merge, file);
  const complete = merge(merge(defaults, preset?.(said, file) ?? {}), said);
  const outcome = schema.safeParse(complete);
  if (outcome.success) return outcome.data;
  const set = new Set(settings.map(({ path }) => path));
  const options = Object.entries(places).map(([flag, path]) => [path, optionOf(flag)] as const);
  throw firstFault(owner, outcome.error.issues, complete, {
    known: (path) => keysAt(schema, path),
    nameOf: (path) => {
      const [place, option] = options.find(([each]) => path.join('.') === each || path.join('.').startsWith(`${each}.`)) ?? [];
      // By its option where that was written, and where nothing was said at all.
      const typed = place !== undefined && !set.has(place) && written.some(([, each]) => each === place);
      return option !== undefined && (typed || valueAt(said, path) === undefined) ? option : path.join('.') || 'request';
    },
    origin: (path) => (flags.config !== undefined && valueAt(file, path) !== undefined ? `It stands in ${flags.config}.` : undefined),
  });
}

/** `--batch-size` for `batchSize`, as commander names it. */
export function optionOf(flag: string): string {
  return `--${flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** `a.b=c`: the value is JSON where it parses as such, and text otherwise. */
export function parseSetting(owner: string, text: string): { readonly path: string; readonly value: unknown } {
  const [, path, value] = /^\s*([^=\s]+?)\s*=(.*)$/s.exec(text) ?? [];
  if (path === undefined || value === undefined || path.split('.').includes('')) {
    throw expected(owner, '--set', 'a key and its value, as in threat.epsilon=8/255', text);
  }
  try {
    return { path, value: JSON.parse(value) };
  } catch {
    return { path, value };
  }
}

type Issues = readonly z.core.$ZodIssue[];
type Path = readonly PropertyKey[];
type Surroundings = {
  /** The keys that a group knows. */
  readonly known: (path: Path) => readonly string[];
  /** What the user calls a place. */
  readonly nameOf: (path: Path) => string;
  /** Where it was said, if that is not plain. */
  readonly origin: (path: Path) => string | undefined;
};

/** One message: the first thing that is wrong, misspelt keys before all else, and how many more there are. */
function firstFault(owner: string, issues: Issues, request: Tree, { known, nameOf, origin }: Surroundings): GroundstateError {
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]!;
  const count = issues.reduce((sum, each) => sum + (each.code === 'unrecognized_keys' ? each.keys.length : 1), 0) - 1;
  const more = count === 0 ? undefined : count === 1 ? 'One more thing is wrong.' : `${count} more things are wrong.`;
  const advise = (...sentences: (string | undefined)[]): string => [...sentences, more].filter((each) => each !== undefined).join(' ');
  if (issue.code === 'unrecognized_keys') {
    const unknown = [...issue.path, issue.keys[0]!];
    const names = known(issue.path).map((key) => [...issue.path, key].join('.'));
    return expected(
      owner,
      'key',
      `one of ${names.join(', ')}`,
      unknown.join('.'),
      advise(didYouMean(unknown.join('.'), names), origin(unknown)),
    );
  }
  const value = valueAt(request, issue.path);
  const near = issue.code === 'invalid_value' ? didYouMean(value, issue.values.map(String)) : undefined;
  return expected(owner, nameOf(issue.path), issue.message, plain(value), advise(near, origin(issue.path)));
}

function keysAt(schema: z.ZodType, path: Path): readonly string[] {
  const at = path.reduce<unknown>((outer, key) => (outer instanceof z.ZodObject ? outer.shape[key as string] : undefined), schema);
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

/** A command line knows text alone: a number that stands there is shown as one. */
function plain(value: unknown): unknown {
  return typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value;
}
