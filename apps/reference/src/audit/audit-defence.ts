/** The figures behind the report, for one model: how they are measured stands in `examine`, what they mean in `masking`. */
import { batches, checkKeys, checkNumber, type Examples, expected, type Model, type ThreatModel } from '@groundstate/core';
import { type Outcomes, wilson } from '@groundstate/metrics';
import * as tf from '@tensorflow/tfjs-core';
import { parseAttacks } from '../assess';
import { firstExamples } from '../first-examples';
import type { AuditSizes, DefenceAudit } from './audit';
import { auditAttack, budgetsOf, unboundedBudget } from './budgets';
import { criteria } from './criteria';
import { type ExaminedImage, examine, leadOf } from './examine';
import { createGallery, writeSamples } from './gallery';
import * as masking from './masking';
import { energiesOf, pathOf } from './path-figures';
import { canvasOf } from './picture';

export interface AuditOptions {
  readonly name: string;
  readonly threat: ThreatModel;
  readonly sizes: AuditSizes;
  readonly seed: number;
  /** What the run attacked with, as `--attack` takes it, and what stood. */
  readonly attacks: readonly string[];
  readonly outcomes: Outcomes;
  /** Where the pictures go, and that folder's name in the answer. */
  readonly samples: { readonly path: string; readonly relative: string };
  /** Images at a time; changes no figure. @default 50 */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
  /** Images that are done, of how many, and what is going on. */
  readonly onProgress?: (done: number, of: number, note: string) => void;
}

/** Rejects with `aborted` when the signal fires: an audit is done again as a whole. Leaves no tensors. */
export async function auditDefence(model: Model, examples: Examples, options: AuditOptions): Promise<DefenceAudit> {
  const owner = 'audit';
  const known = ['name', 'threat', 'sizes', 'seed', 'attacks', 'outcomes', 'samples', 'batchSize', 'signal', 'onProgress'];
  checkKeys(owner, options, known);
  const { name, threat, sizes, seed, outcomes, signal, onProgress } = options;
  checkNumber(owner, 'threat.epsilon', threat.epsilon, { above: 0 });
  const wanted = checkNumber(owner, 'sizes.images', sizes.images, { integer: true, min: 1 });
  const steps = checkNumber(owner, 'sizes.steps', sizes.steps, { integer: true, min: 1 });
  const shown = checkNumber(owner, 'sizes.samples', sizes.samples, { integer: true, min: 0 });
  const size = checkNumber(owner, 'batchSize', options.batchSize ?? 50, { integer: true, min: 1 });
  const first = firstExamples(examples, wanted);
  if (first.size === 0) throw expected(owner, 'examples', 'at least one', 0);

  const { text, attack } = auditAttack(threat.norm, steps);
  const components = model.inputShape.reduce((product, length) => product * length, 1);
  const budgets = budgetsOf(threat.epsilon);
  const unbounded = unboundedBudget(threat.norm, model.bounds, components);
  const canvas = canvasOf(model.inputShape);
  const gallery = createGallery(shown, threat.epsilon);
  const images: masking.Judged[] = [];
  for await (const batch of batches(first, { size })) {
    const part = { done: images.length, of: batch.ids.length };
    try {
      const examined = await examine(model, batch, {
        threat,
        attack,
        longer: auditAttack(threat.norm, criteria.moreSteps.factor * steps).attack,
        budgets,
        unbounded,
        seed,
        signal,
        onProgress: (share, note) => onProgress?.(part.done + share * part.of, first.size, note),
      });
      for (const image of examined) gallery.see(image);
      images.push(...examined.map(withoutPixels));
    } finally {
      tf.dispose([batch.inputs, batch.labels]);
    }
  }
  onProgress?.(first.size, first.size, '');
  const measures = { classes: model.classes, epsilon: threat.epsilon, norm: threat.norm.name, unbounded, steps };
  const sound = images.filter(({ clean, strongest }) => [...clean.logits, ...strongest.logits].every(Number.isFinite));
  return {
    name,
    n: images.length,
    attack: text,
    budgets: budgets.map((epsilon) => ({ epsilon, ...wilson(images.filter((image) => standsAt(image, epsilon)).length, images.length) })),
    path: pathOf(images),
    energies: energiesOf(images),
    masking: [
      masking.squareBeatsGradients(outcomes, parseAttacks(options.attacks)),
      masking.unboundedBudget(images, measures),
      masking.moreSteps(images, measures),
      masking.zeroGradients(images),
      masking.notFinite(images),
    ],
    margins: {
      clean: sound.map(({ clean, label }) => short(leadOf(clean.logits, label))),
      adversarial: sound.map(({ strongest, label }) => short(leadOf(strongest.logits, label))),
    },
    samples: await writeSamples(gallery.chosen(), { canvas, bounds: model.bounds, folder: options.samples }),
  };
}

/** The pictures are the gallery's: what is kept of an image does not grow with its size. */
function withoutPixels({ clean, strongest, ...image }: ExaminedImage): masking.Judged {
  return { ...image, clean: { logits: clean.logits }, strongest: { logits: strongest.logits } };
}

const standsAt = ({ fooledAt }: masking.Judged, epsilon: number): boolean => fooledAt === undefined || fooledAt > epsilon;

/** Nine digits hold a float32. */
const short = (value: number): number => Number(value.toPrecision(9));
