/** Reads the folder of a finished run. Nothing in it is changed, and nothing outside of it is read. */
import { readFile, realpath } from 'node:fs/promises';
import { basename, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { GroundstateError } from '@groundstate/core';
import type { ZodType } from 'zod';
import type { Audit } from '../audit/audit';
import { type Comparison, comparisonSchema } from '../comparison/comparison';
import { readJson } from '../json-file';
import { modelKey } from '../model-key';
import { defenceNames, type Results, resultsSchema } from '../results';
import { type SideBySide, sideBySideSchema } from '../side-by-side/side-by-side';
import { type FirstOutcomes, type FirstResults, firstResultsSchema, upgradedOutcomes, upgradedResults } from '../upgrade-results';
import { listed } from './format';
import { readLog } from './read-log';
import type { ReportConfig, ReportInput, ReportTimings, RunReportInput } from './report-input';
import {
  auditShape,
  comparisonShape,
  configShape,
  firstOutcomesShape,
  firstResultsShape,
  resultsShape,
  sideBySideShape,
  timingsShape,
} from './schemas';

const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Throws `not-found` where the folder holds no finished run, and `corrupt` where a file of it is not what it should be. */
export async function readReportInput(directory: string): Promise<ReportInput> {
  const file = join(directory, 'results.json');
  const found = await readJson<{ schema?: unknown } | null>(file);
  if (found === undefined) {
    throw new GroundstateError(
      'not-found',
      `report: expected \`${directory}\` to be the folder of a finished run, got one without results.json. Finish the run first: it is written last.`,
    );
  }
  const schema = found?.schema;
  const folder = basename(resolve(directory));
  if (schema === sideBySideSchema) return { kind: 'side-by-side', folder, sideBySide: checked<SideBySide>(file, found, sideBySideShape) };
  if (schema !== resultsSchema && schema !== firstResultsSchema && schema !== comparisonSchema) {
    throw new GroundstateError(
      'invalid-argument',
      `report: expected \`${file}\` to be of schema ${listed([resultsSchema, comparisonSchema, sideBySideSchema], 'or')}, got ${JSON.stringify(schema)}. A report is made of a run, an evaluation, a ranking or runs side by side.`,
    );
  }
  const config = await optional<ReportConfig>(directory, 'config.json', configShape);
  const timed = await optional<{ defences?: ReportTimings; models?: ReportTimings }>(directory, 'timings.json', timingsShape);
  const common = { folder, config, timings: timed?.defences ?? timed?.models ?? null };
  if (schema === comparisonSchema) {
    return { kind: 'comparison', ...common, remarks: [], comparison: checked<Comparison>(file, found, comparisonShape) };
  }
  const results =
    schema === firstResultsSchema
      ? await upgraded(directory, checked<FirstResults>(file, found, firstResultsShape), config)
      : checked<Results>(file, found, resultsShape);
  const audit = await optional<Audit>(directory, 'audit.json', auditShape);
  const remarks: string[] = [];
  const logs: Record<string, RunReportInput['logs'][string]> = {};
  for (const key of modelKeys(results)) {
    if (relative('logs', join('logs', key)).startsWith('..')) {
      remarks.push(`The log of ${key} would lie outside of the run's folder and was not read.`);
      continue;
    }
    const log = await readLog(join(directory, 'logs', key, 'events.jsonl'), `logs/${key}/events.jsonl`);
    if (log === undefined) continue;
    logs[key] = log.events;
    remarks.push(...log.remarks);
  }
  const images: Record<string, string> = {};
  for (const path of audit?.defences.flatMap(({ samples }) => samples.flatMap((sample) => Object.values(sample.images))) ?? []) {
    const image = await readImage(directory, path);
    if (image.address === undefined) remarks.push(image.remark);
    else images[path] = image.address;
  }
  return { kind: 'run', ...common, results, audit, logs, images, remarks };
}

/** Those that diverged among them: a log tells most there. */
function modelKeys(results: Results): readonly string[] {
  const { seeds } = results;
  return defenceNames(results).flatMap((name) => seeds.map((seed) => modelKey(name, seed, seeds)));
}

async function upgraded(directory: string, results: FirstResults, config: ReportConfig | null): Promise<Results> {
  const outcomes = await optional<FirstOutcomes>(directory, 'outcomes.json', firstOutcomesShape);
  return upgradedResults(results, outcomes && upgradedOutcomes(outcomes, results.seed), config);
}

async function optional<T>(directory: string, name: string, shape: ZodType): Promise<T | null> {
  const file = join(directory, name);
  const found = await readJson(file);
  return found === undefined ? null : checked<T>(file, found, shape);
}

function checked<T>(file: string, found: unknown, shape: ZodType): T {
  const { error, data } = shape.safeParse(found);
  if (!error) return data as T;
  const [issue] = error.issues;
  const place = issue?.path.length ? `\`${issue.path.join('.')}\` of ${file}` : file;
  throw new GroundstateError(
    'corrupt',
    `report: expected \`${file}\` to be as a run writes it, got a fault in ${place}: ${issue?.message}. Restore the file, or make the run again.`,
  );
}

type Image = { readonly address: string } | { readonly address?: undefined; readonly remark: string };

async function readImage(directory: string, path: string): Promise<Image> {
  try {
    // By the real paths: a link may lead out of the folder, too.
    const [root, file] = await Promise.all([realpath(directory), realpath(join(directory, path))]);
    const inside = relative(root, file);
    if (isAbsolute(path) || isAbsolute(inside) || inside === '..' || inside.startsWith(`..${sep}`)) {
      return { remark: `${path} lies outside of the run's folder and was not read.` };
    }
    const bytes = await readFile(file);
    if (!bytes.subarray(0, pngSignature.length).equals(pngSignature)) return { remark: `${path} is not a PNG image.` };
    return { address: `data:image/png;base64,${bytes.toString('base64')}` };
  } catch (cause) {
    return { remark: `${path} could not be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown fault'}).` };
  }
}
