import type { Noise } from '@groundstate/core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Noise whose every stream has a draw of its own, `[n, ...shape]`: for comparisons where an outside reference made several. */
export function fixedStreams(draws: Readonly<Record<string, () => Tensor>>, n: number, path = ''): Noise {
  const draw = (shape: readonly number[]): Tensor => {
    const values = draws[path]?.();
    if (values?.shape.join() !== [n, ...shape].join()) throw new Error(`fixedStreams: no draw of shape [${shape}] for '${path}'.`);
    return values;
  };
  const noise: Noise = {
    ids: Int32Array.from({ length: n }, (_, i) => i),
    stream: (...names) => fixedStreams(draws, n, [path, ...names].filter((name) => name !== '').join('/')),
    rows: () => noise,
    uniform: draw,
    normal: draw,
    signs: draw,
  };
  return noise;
}
