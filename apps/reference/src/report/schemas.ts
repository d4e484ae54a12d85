/** The shapes of the files that a report reads. Fields that they do not know are let through: a report says less than a run holds. */
import { z } from 'zod';
import { auditSchema } from '../audit/audit';
import { comparisonSchema } from '../comparison/comparison';
import { resultsSchema } from '../results';
import { sideBySideSchema } from '../side-by-side/side-by-side';
import { firstResultsSchema } from '../upgrade-results';

const number = z.number().nullable();
const count = z.number().int().min(0);
const share = z.looseObject({ accuracy: number, low: number, high: number, n: count });
const threat = z.looseObject({ norm: z.string(), epsilon: z.number() });
const dataset = z.looseObject({ name: z.string(), source: z.string(), train: count, test: count });
const spread = z.looseObject({ mean: number, low: number, high: number });

const difference = z.looseObject({
  left: z.string(),
  right: z.string(),
  seeds: z.record(z.string(), z.looseObject({ difference: z.number() })),
  overSeeds: spread,
  overImages: z.looseObject({ mean: z.number(), low: z.number(), high: z.number(), n: count }),
  verdict: z.enum(['ahead', 'behind', 'not shown']),
});

const defenceRow = z.looseObject({
  name: z.string(),
  objective: z.string().nullable(),
  adversary: z.string().nullable(),
  gradientEvaluations: number,
  clean: share,
  robust: z.array(
    share.extend({
      attack: z.string(),
      norm: z.string(),
      epsilon: z.number(),
      distance: z.looseObject({ mean: number, median: number }),
      passes: z.looseObject({ forwards: count, backwards: count }).optional(),
      members: z.array(z.looseObject({ attack: z.string(), broke: count, standing: share.nullable() })).optional(),
      rounded: share.extend({ bits: count }).optional(),
    }),
  ),
  findings: z.array(z.looseObject({ code: z.string(), figure: z.number(), message: z.string() })).optional(),
  energy: z.looseObject({ D1: number, D2: number, D4: number, D8: number }),
});

export const firstResultsShape: z.ZodType = z.looseObject({
  schema: z.literal(firstResultsSchema),
  dataset,
  backend: z.string(),
  seed: z.number(),
  threat,
  defences: z.array(defenceRow).min(1),
});

const accuracyOverSeeds = z.record(z.string(), spread.extend({ seeds: z.array(z.number()) }));

export const resultsShape: z.ZodType = z.looseObject({
  schema: z.literal(resultsSchema),
  task: z.enum(['supervised', 'semi-supervised']),
  dataset,
  labels: z.looseObject({ count }).nullable(),
  model: z.looseObject({ spec: z.string().nullable(), parameters: number }),
  backend: z.string(),
  seeds: z.array(z.number()).min(1),
  threat,
  visits: number,
  cascade: z.array(z.string()).optional(),
  defences: z.array(defenceRow.extend({ seed: z.number() })),
  summaries: z.array(z.looseObject({ name: z.string(), gradientEvaluations: number, accuracy: accuracyOverSeeds })),
  differences: z.array(difference.extend({ figure: z.enum(['worst', 'clean']) })),
  diverged: z.array(z.looseObject({ name: z.string(), seed: z.number(), reason: z.string() })),
});

export const comparisonShape: z.ZodType = z.looseObject({
  schema: z.literal(comparisonSchema),
  dataset,
  backend: z.string(),
  threat,
  attacks: z.array(z.string()),
  tuning: z.looseObject({ seed: z.number(), validation: count, trials: count }),
  entrants: z.array(z.looseObject({ name: z.string(), contender: z.string(), settings: z.record(z.string(), z.number()) })),
  summaries: z.array(
    z.looseObject({
      entrant: z.string(),
      gradientEvaluations: z.number(),
      accuracy: accuracyOverSeeds,
    }),
  ),
  differences: z.array(difference),
  rows: z.array(defenceRow.extend({ entrant: z.string(), seed: z.number() })),
  // Not in those of the first versions.
  diverged: z.array(z.looseObject({ entrant: z.string(), seed: z.number(), reason: z.string() })).default([]),
});

const column = share.extend({ accuracy: z.number(), overSeeds: spread.extend({ seeds: z.array(z.number()).min(1) }) });
export const sideBySideShape: z.ZodType = z
  .looseObject({
    schema: z.literal(sideBySideSchema),
    runs: z.array(z.string()).min(1),
    dataset: z.looseObject({ name: z.string(), images: count }),
    threat,
    attacks: z.array(z.string()).min(1),
    leftOut: z.array(z.string()),
    rows: z
      .array(
        z.looseObject({
          name: z.string(),
          runs: z.array(z.string()).min(1),
          seeds: z.array(z.string()).min(1),
          gradientEvaluations: number,
          accuracy: z.record(z.string(), column),
        }),
      )
      .min(1),
    differences: z.array(difference.extend({ pooled: z.looseObject({ low: number, high: number }).nullable() })),
  })
  .superRefine(({ rows, attacks }, context) => {
    for (const [row, { accuracy }] of rows.entries()) {
      for (const figure of ['worst', ...attacks, 'clean'].filter((name) => !Object.hasOwn(accuracy, name))) {
        context.addIssue({ code: 'custom', path: ['rows', row, 'accuracy', figure], message: 'expected a share, got none' });
      }
    }
  });

const prediction = z.looseObject({ class: count, confidence: z.number() });

export const auditShape: z.ZodType = z.looseObject({
  schema: z.literal(auditSchema),
  defences: z.array(
    z.looseObject({
      name: z.string(),
      seed: z.number().optional(),
      n: count,
      attack: z.string(),
      budgets: z.array(share.extend({ epsilon: z.number() })),
      path: z.array(z.looseObject({ fraction: z.number(), mean: number, lower: number, median: number, upper: number })),
      energies: z.array(z.looseObject({ segments: z.number(), energy: number, variation: number })),
      masking: z.array(
        z.looseObject({
          check: z.string(),
          question: z.string(),
          verdict: z.enum(['fine', 'suspicious', 'not judged']),
          answer: z.string(),
          figures: z.record(z.string(), number),
        }),
      ),
      samples: z.array(
        z.looseObject({
          id: z.number(),
          label: count,
          clean: prediction,
          adversarial: prediction,
          distance: number,
          images: z.looseObject({ clean: z.string(), perturbation: z.string(), adversarial: z.string() }),
        }),
      ),
    }),
  ),
});

/** Of a run of the first version; later ones tell in their results what follows from them. */
export const firstOutcomesShape: z.ZodType = z.record(
  z.string(),
  z.looseObject({ ids: z.array(z.number()), standing: z.record(z.string(), z.string()) }),
);

const secondsShape = z.record(z.string(), z.record(z.string(), z.number()));
/** Of a run by `defences`, of a comparison by `models`. */
export const timingsShape: z.ZodType = z.union([
  z.looseObject({ unit: z.literal('seconds'), defences: secondsShape }),
  z.looseObject({ unit: z.literal('seconds'), models: secondsShape }),
]);

export const configShape: z.ZodType = z.looseObject({
  command: z.string().optional(),
  environment: z.record(z.string(), z.unknown()).optional(),
  pipeline: z.string().optional(),
  preset: z.string().optional(),
  about: z.string().optional(),
  sizes: z.record(z.string(), z.unknown()).optional(),
  seed: z.number().optional(),
  seeds: z.array(z.number()).optional(),
  data: z.string().nullable().optional(),
});

const event = z.looseObject({ at: z.string(), step: count });
export const logEventShape: z.ZodType = z.discriminatedUnion('kind', [
  event.extend({ kind: z.literal('step'), steps: count, epoch: z.number(), learningRate: z.number(), terms: z.record(z.string(), number) }),
  event.extend({ kind: z.literal('validation'), epoch: z.number(), clean: z.number(), robust: z.number() }),
  event.extend({ kind: z.literal('resumed') }),
  event.extend({ kind: z.literal('trained'), gradientEvaluations: z.number(), seconds: z.number() }),
  event.extend({ kind: z.literal('attacked'), clean: number, robust: z.record(z.string(), number), seconds: z.number() }),
]);
