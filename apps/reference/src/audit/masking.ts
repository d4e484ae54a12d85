/** The signs of masked gradients, judged by the criteria from what was measured. No check hides what it could not judge. */
import type { Attack } from '@groundstate/core';
import type { Outcomes } from '@groundstate/metrics';
import type { MaskingCheck } from './audit';
import { criteria } from './criteria';
import type { ExaminedImage } from './examine';

/** From the outcomes of the whole run; `attacks` by their names in them. */
export function squareBeatsGradients({ standing }: Outcomes, attacks: Readonly<Record<string, Attack>>): MaskingCheck {
  const check = 'square-beats-gradients' as const;
  const question = 'Does an attack without gradients, such as Square, fool images that resist every attack with gradients?';
  const named = Object.entries(attacks);
  const blind = named.filter(([, { card }]) => card.access !== 'gradients');
  const seeing = named.filter(([, { card }]) => card.access === 'gradients');
  const names = [...new Set(blind.map(([, { card }]) => card.name))].join(', ');
  const stands = (list: typeof named, i: number): boolean => list.every(([text]) => standing[text]![i] === '1');
  const right = positions(standing.clean ?? '').filter((i) => standing.clean![i] === '1');
  const resisting = right.filter((i) => stands(seeing, i));
  const fooled = resisting.filter((i) => !stands(blind, i)).length;
  const figures = { right: right.length, resisting: resisting.length, fooled };
  if (blind.length === 0) return unjudged(check, question, 'The run attacked with gradients only: add square to its attacks.', figures);
  if (seeing.length === 0)
    return unjudged(check, question, 'The run attacked without gradients only: add apgd-ce to its attacks.', figures);
  if (right.length === 0) return unjudged(check, question, 'No image was right to begin with.', figures);
  const { share, images } = criteria.squareBeatsGradients;
  return {
    check,
    question,
    verdict: fooled >= images && fooled > share * right.length ? 'suspicious' : 'fine',
    answer: `Of ${right.length} images that are right, ${resisting.length} resist the gradients; ${names} fools ${fooled} of these (${percent(fooled, right.length)} of those that are right; suspicious above ${percent(share, 1)} and from ${images} images).`,
    figures,
  };
}

/** What is kept of an image for the judgement. */
export type Judged = Omit<ExaminedImage, 'clean' | 'strongest'> & {
  readonly clean: Pick<ExaminedImage['clean'], 'logits'>;
  readonly strongest: Pick<ExaminedImage['strongest'], 'logits'>;
};

/** How it was measured. */
export interface Measures {
  readonly classes: number;
  readonly epsilon: number;
  readonly norm: string;
  readonly unbounded: number;
  readonly steps: number;
}

/** Any image may become any other within this budget: only an attack that cannot find its way leaves some standing. */
export function unboundedBudget(images: readonly Judged[], { classes, norm, unbounded }: Measures): MaskingCheck {
  const check = 'unbounded-budget' as const;
  const question = 'Does accuracy fall to nothing when the attack may change an image into any other?';
  const standing = images.filter(({ fooledUnbounded }) => !fooledUnbounded).length;
  const figures = {
    images: images.length,
    right: images.filter(({ right }) => right).length,
    standing,
    chance: 1 / classes,
    budget: unbounded,
  };
  if (figures.right === 0) return unjudged(check, question, 'No image was right to begin with.', figures);
  return {
    check,
    question,
    verdict: standing > images.length / classes ? 'suspicious' : 'fine',
    answer: `With ${norm} ${short(unbounded)}, ${standing} of ${images.length} images stand (${percent(standing, images.length)}; suspicious above chance, ${percent(1, classes)}).`,
    figures,
  };
}

/** An attack that has converged gains little from going on. */
export function moreSteps(images: readonly Judged[], { epsilon, norm, steps }: Measures): MaskingCheck {
  const check = 'more-steps' as const;
  const { factor, share, images: least } = criteria.moreSteps;
  const question = `Do ${factor} times the steps leave the robust accuracy where it was?`;
  const stands = images.filter(({ fooledAt }) => fooledAt === undefined || fooledAt > epsilon);
  const fooled = stands.filter(({ fooledByMoreSteps }) => fooledByMoreSteps).length;
  const right = images.filter(({ right }) => right).length;
  const figures = { images: images.length, right, standing: stands.length, fooled, steps, moreSteps: factor * steps };
  if (right === 0) return unjudged(check, question, 'No image was right to begin with.', figures);
  const suspicious = fooled >= least && fooled > share * images.length;
  const meaning = suspicious ? ' The attack had not converged, and the robust accuracy at its steps says too much.' : '';
  return {
    check,
    question,
    verdict: suspicious ? 'suspicious' : 'fine',
    answer: `${factor * steps} steps instead of ${steps} within ${norm} ${short(epsilon)} fool ${fooled} more of ${images.length} images (${percent(fooled, images.length)}; suspicious above ${percent(share, 1)} and from ${least} images).${meaning}`,
    figures,
  };
}

/** Where there is no gradient, an attack that follows it stands still, and its failure says nothing. */
export function zeroGradients(images: readonly Judged[]): MaskingCheck {
  const check = 'zero-gradients' as const;
  const question = 'Is there a gradient to follow at the images?';
  const { size, share } = criteria.zeroGradients;
  const right = images.filter((image) => image.right);
  const zero = right.filter(({ gradient }) => gradient < size).length;
  const figures = { right: right.length, zero };
  if (right.length === 0) return unjudged(check, question, 'No image was right to begin with.', figures);
  return {
    check,
    question,
    verdict: zero > share * right.length ? 'suspicious' : 'fine',
    answer: `The input gradient of the loss is zero, or below ${size}, at ${zero} of ${right.length} images that are right (${percent(zero, right.length)}; suspicious above ${percent(share, 1)}).`,
    figures,
  };
}

/** NaN is no class, so it never counts as fooled: a model that overflows under attack passes for a robust one. */
export function notFinite(images: readonly Judged[]): MaskingCheck {
  const finite = (logits: Float32Array): boolean => logits.every(Number.isFinite);
  const counts = {
    clean: images.filter(({ clean }) => !finite(clean.logits)).length,
    path: images.filter(({ losses }) => !losses.every(Number.isFinite)).length,
    strongest: images.filter(({ strongest }) => !finite(strongest.logits)).length,
    gradient: images.filter(({ gradient }) => !Number.isFinite(gradient)).length,
  };
  const found = Object.values(counts).some((count) => count > 0);
  const of = `of ${images.length} images`;
  return {
    check: 'not-finite',
    question: 'Are all answers of the model numbers?',
    verdict: found ? 'suspicious' : 'fine',
    answer: found
      ? `No: NaN or infinity at ${counts.clean} ${of} as they are, ${counts.path} on the attack's path, ${counts.strongest} at the strongest points, and in the gradient of ${counts.gradient}. None of these ever counts as fooled.`
      : `Logits, losses and gradients are finite at all ${images.length} images, on their paths and at the strongest points.`,
    figures: { images: images.length, ...counts },
  };
}

function unjudged(check: MaskingCheck['check'], question: string, answer: string, figures: MaskingCheck['figures']): MaskingCheck {
  return { check, question, verdict: 'not judged', answer, figures };
}

const positions = (text: string): number[] => Array.from(text, (_, i) => i);
const percent = (part: number, whole: number): string => `${Number(((100 * part) / whole).toFixed(1))} %`;
const short = (value: number): number => Number(value.toPrecision(4));
