/** `groundstate evaluate`: any tfjs-layers model under any of our attacks. */
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { checkNumber, checkOneOf, expected, GroundstateError } from '@groundstate/core';
import { loadModelFromDirectory } from '@groundstate/models/node';
import { assess, parseAttacks } from '../assess';
import { chooseBackendAloud } from '../backend/choose-backend';
import { createConsole } from '../console/progress';
import { resultsTable } from '../console/table';
import { findDigits } from '../data';
import { firstExamples } from '../first-examples';
import { interruptible } from '../interrupt';
import { writeJson } from '../json-file';
import { parseNumber } from '../numbers';
import { type DefenceRow, defenceRow, type Results, resultsSchema } from '../results';
import { norms } from '../run-mnist';

export interface EvaluateFlags {
  readonly model: string;
  readonly dataset: string;
  readonly data?: string;
  readonly norm: string;
  readonly epsilon: string;
  readonly attack: readonly string[];
  readonly limit?: string;
  readonly out?: string;
  readonly backend: string;
  readonly seed: string;
}

export async function evaluateModel(flags: EvaluateFlags): Promise<void> {
  const console = createConsole();
  checkOneOf('evaluate', '--dataset', flags.dataset, ['mnist', 'synthetic-digits']);
  const threat = {
    norm: norms[checkOneOf('evaluate', '--norm', flags.norm, Object.keys(norms))]!(),
    epsilon: checkNumber('evaluate', '--epsilon', parseNumber('evaluate', '--epsilon', flags.epsilon), { min: 0 }),
  };
  const seed = checkNumber('evaluate', '--seed', parseNumber('evaluate', '--seed', flags.seed), { integer: true, min: 0 });
  for (const attack of Object.values(parseAttacks(flags.attack))) {
    if (!attack.card.norms.includes(threat.norm.name)) {
      throw expected(
        'evaluate',
        '--norm',
        `one that ${attack.card.name} is defined for (${attack.card.norms.join(', ')})`,
        threat.norm.name,
      );
    }
  }
  const file = flags.out === undefined ? undefined : join(flags.out, 'results.json');
  if (file !== undefined && existsSync(file)) {
    throw new GroundstateError(
      'invalid-argument',
      `--out: expected \`${flags.out}\` to hold no results yet, got a results.json, which is never overwritten. Choose another folder.`,
    );
  }
  const directory = flags.data ?? process.env.GROUNDSTATE_DATA;
  if (flags.dataset === 'mnist' && directory === undefined) {
    throw new GroundstateError(
      'invalid-argument',
      'evaluate: expected `--data` to be the folder that holds mnist/, got nothing. Or take --dataset synthetic-digits.',
    );
  }
  const dataset = await findDigits(flags.dataset === 'mnist' ? directory : undefined, seed);
  const backend = await chooseBackendAloud(flags.backend, console.say);
  const all = await dataset.load('test');
  const limit =
    flags.limit === undefined
      ? all.size
      : checkNumber('evaluate', '--limit', parseNumber('evaluate', '--limit', flags.limit), { integer: true, min: 1, max: all.size });
  const examples = firstExamples(all, limit);
  const model = await loadModelFromDirectory(flags.model);
  const { signal, release } = interruptible(console);
  const name = basename(resolve(flags.model));
  const task = console.task(`${name}: attacking ${limit} images`);
  try {
    const report = await assess(model, examples, { threat, attacks: flags.attack, seed, signal, task });
    const named = { norm: threat.norm.name, epsilon: threat.epsilon };
    const row = defenceRow({ name, objective: null, adversary: null, gradientEvaluations: null }, report, named);
    const results: Results = {
      schema: resultsSchema,
      dataset: { name: dataset.card.name, source: dataset.card.source, train: 0, test: limit },
      backend,
      seed,
      threat: named,
      defences: [row],
    };
    task.finish(`${name}: done`);
    process.stdout.write(`${resultsTable(results)}\n${fooledLines(row).join('\n')}\n`);
    if (file !== undefined) {
      await writeJson(file, results);
      console.say(`results: ${file}`);
    }
  } catch (cause) {
    task.fail(`${name}: stopped`);
    throw cause;
  } finally {
    model.dispose();
    release();
  }
}

/** The two other common figures: how many are wrong in the end, and how many of those were right to begin with. */
function fooledLines({ clean, robust }: DefenceRow): string[] {
  const right = Math.round((clean.accuracy ?? 0) * clean.n);
  const percent = (part: number, whole: number): string => (whole === 0 ? '-' : `${((100 * part) / whole).toFixed(2)} %`);
  return robust.map(({ attack, accuracy, n }) => {
    const standing = Math.round((accuracy ?? 0) * n);
    const [wrong, fooled] = [n - standing, right - standing];
    return `${attack}: ${wrong} of ${n} wrong (${percent(wrong, n)}); fools ${fooled} of the ${right} that were right (${percent(fooled, right)})`;
  });
}
