/** A config.json knows a digest of all in it that decides results, so that a run which goes on is still the run that was begun. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { GroundstateError } from '@groundstate/core';
import { isTree, type Tree } from './layers';

export type Requested<Request> = {
  /** What was asked for, presets and defaults filled in: `--config` takes it from here. Absent in runs that were not made by a command. */
  readonly request?: Omit<Request, 'out'>;
  readonly fingerprint?: string;
};

/** Of the machine, and of the command that said what stands in the rest. */
const decideNothing = ['environment', 'command', 'fingerprint'];

export function sealed<Config extends object>(config: Config): Config & { readonly fingerprint: string } {
  return { ...config, fingerprint: fingerprintOf(config) };
}

/**
 * `option`: the one that named the folder.
 *
 * @throws GroundstateError `invalid-argument` where a config.json was changed after its run began, or was not written by a command.
 */
export function checkSeal(
  option: '--resume' | '--tuning',
  { path, config }: { readonly path: string; readonly config: { readonly fingerprint?: string } },
): void {
  if (config.fingerprint === fingerprintOf(config)) return;
  const file = join(path, 'config.json');
  const got = config.fingerprint === undefined ? 'one without a fingerprint' : 'one that was changed since';
  const advice =
    option === '--resume'
      ? 'A run goes on with the settings it was started with: start a new one with these, with --config.'
      : 'What was tuned is told by it: put it back as it was, or tune anew.';
  throw new GroundstateError(
    'invalid-argument',
    `${option}: expected \`${file}\` to be as a command wrote it when the run began, got ${got}. ${advice}`,
  );
}

function fingerprintOf(config: object): string {
  const deciding = Object.entries(config).filter(([key]) => !decideNothing.includes(key));
  return createHash('sha256')
    .update(JSON.stringify(canonical(Object.fromEntries(deciding))))
    .digest('hex')
    .slice(0, 16);
}

/** Keys in order. Where the data lies decides nothing, only whether it is the real one. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (!isTree(value)) return value;
  const entries = Object.entries(value as Tree).map(([key, inner]) => [key, key === 'data' ? inner !== null : canonical(inner)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
