/**
 * The images that the report shows, by a rule and not by taste: the first that are right as they are, half of them fooled
 * within epsilon and half standing; where there are too few of one kind, more of the other.
 */
import { join } from 'node:path';
import type { Bounds } from '@groundstate/core';
import { writeWhole } from '../json-file';
import type { Prediction, Sample } from './audit';
import { classOf, type ExaminedImage } from './examine';
import { type Canvas, imagePicture, perturbationPicture } from './picture';

export type Shown = Pick<ExaminedImage, 'id' | 'label' | 'clean' | 'strongest'>;
type Candidate = Shown & Pick<ExaminedImage, 'right' | 'fooledAt'>;

/** Keeps what may still be shown of the images it has seen: at most `count` of each kind. */
export interface Gallery {
  see(image: Candidate): void;
  /** In the order in which they were seen. */
  chosen(): readonly Shown[];
}

export function createGallery(count: number, epsilon: number): Gallery {
  const seen: { readonly image: Candidate; readonly fooled: boolean }[] = [];
  const of = (kind: boolean): typeof seen => seen.filter(({ fooled }) => fooled === kind);
  return {
    see: (image) => {
      const fooled = image.fooledAt !== undefined && image.fooledAt <= epsilon;
      if (image.right && of(fooled).length < count) seen.push({ image, fooled });
    },
    chosen: () => {
      const [fooled, standing] = [of(true), of(false)];
      const first = Math.min(fooled.length, Math.max(Math.ceil(count / 2), count - standing.length));
      const shown = new Set([...fooled.slice(0, first), ...standing.slice(0, count - first)]);
      return seen.filter((each) => shown.has(each)).map(({ image }) => image);
    },
  };
}

/** Writes the pictures; those of an audit that was left are written over. Each perturbation fills the range of grey. */
export async function writeSamples(
  shown: readonly Shown[],
  setting: {
    readonly canvas: Canvas;
    readonly bounds: Bounds;
    /** Where they go, and that folder's name in the answer. */
    readonly folder: { readonly path: string; readonly relative: string };
  },
): Promise<Sample[]> {
  const { canvas, bounds, folder } = setting;
  const samples: Sample[] = [];
  for (const { id, label, clean, strongest } of shown) {
    const delta = strongest.pixels.map((value, i) => value - clean.pixels[i]!);
    const pictures = {
      clean: imagePicture(clean.pixels, canvas, bounds),
      perturbation: perturbationPicture(delta, canvas),
      adversarial: imagePicture(strongest.pixels, canvas, bounds),
    };
    for (const [kind, picture] of Object.entries(pictures)) await writeWhole(join(folder.path, `${id}-${kind}.png`), picture);
    const file = (kind: keyof typeof pictures): string => `${folder.relative}/${id}-${kind}.png`;
    samples.push({
      id,
      label,
      clean: predictionOf(clean.logits),
      adversarial: predictionOf(strongest.logits),
      distance: strongest.distance,
      images: { clean: file('clean'), perturbation: file('perturbation'), adversarial: file('adversarial') },
    });
  }
  return samples;
}

function predictionOf(logits: Float32Array): Prediction {
  const largest = Math.max(...logits);
  return { class: classOf(logits), confidence: 1 / logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0) };
}
