/** The loss along the path and its energies, over the images. */
import type { DefenceAudit } from './audit';
import { type ExaminedImage, segments } from './examine';

/** Mean and quartiles at every point; images with a loss that is not finite are left out, and the list is empty where none is left. */
export function pathOf(images: readonly Pick<ExaminedImage, 'losses'>[]): DefenceAudit['path'] {
  const whole = images.filter(({ losses }) => losses.every(Number.isFinite));
  const points = whole[0]?.losses.length ?? 0;
  return Array.from({ length: points }, (_, k) => {
    const sorted = whole.map(({ losses }) => losses[k]!).sort((a, b) => a - b);
    const [lower, median, upper] = [0.25, 0.5, 0.75].map((share) => quantile(sorted, share)) as [number, number, number];
    return { fraction: k / (points - 1), mean: meanOf(sorted)!, lower, median, upper };
  });
}

export function energiesOf(images: readonly Pick<ExaminedImage, 'energies' | 'variations'>[]): DefenceAudit['energies'] {
  return segments.map((count, i) => ({
    segments: count,
    energy: meanOf(images.map(({ energies }) => energies[i]!).filter(Number.isFinite)),
    variation: meanOf(images.map(({ variations }) => variations[i]!).filter(Number.isFinite)),
  }));
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Linear between the two nearest of the sorted numbers, the first standing at 0 and the last at 1. */
function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
  return below + (above - below) * (place - Math.floor(place));
}
