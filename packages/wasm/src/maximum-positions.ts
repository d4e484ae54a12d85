/**
 * Where the maximum of every pooling window lies, as flat indices into the input: what all the max-pool kernels share.
 * The first maximum wins on ties, as on the cpu backend. A NaN counts as larger than every number, so that it is seen
 * rather than swallowed. A window that holds nothing but padding has the position -1.
 */
import { forEachTap, type Windows } from './windows';

export function maximumPositions(values: Float32Array, windows: Windows, channels: number): Int32Array {
  const { images, output } = windows;
  const positions = new Int32Array(images * output[0] * output[1] * output[2] * channels).fill(-1);
  forEachTap(windows, (outputCell, inputCell) => {
    let slot = outputCell * channels;
    const first = inputCell * channels;
    for (let candidate = first; candidate < first + channels; candidate++, slot++) {
      const held = positions[slot]!;
      if (held < 0) {
        positions[slot] = candidate;
        continue;
      }
      const value = values[candidate]!;
      const best = values[held]!;
      if (value > best || (Number.isNaN(value) && !Number.isNaN(best))) positions[slot] = candidate;
    }
  });
  return positions;
}
