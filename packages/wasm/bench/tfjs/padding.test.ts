import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { CASES } from '../cases';
import { outputSize } from '../cases/operations';
import type { Convolution } from '../cases/work';
import { padding } from './padding';

const convolutions = CASES.flatMap(({ work }) => (work.kind === 'convolution' && work.pass === 'forward' ? [work] : []));

describe('padding', () => {
  it.each(convolutions.map((work): [string, Convolution] => [`${work.filter}x${work.filter} stride ${work.stride} on ${work.size}`, work]))(
    'of %s means the same pixels on every side to tfjs',
    (_, work) => {
      const { size, filter, stride } = work;
      const { padInfo, outHeight } = tf.backend_util.computeConv2DInfo(
        [1, size, size, 1],
        [filter, filter, 1, 1],
        stride,
        1,
        padding(work),
      );
      expect(outHeight).toBe(outputSize(work));
      expect([padInfo.top, padInfo.left]).toEqual([work.padding, work.padding]);
    },
  );

  it('says same where that is what it means, since models do', () => {
    expect(padding({ size: 14, filter: 5, stride: 1, padding: 2 })).toBe('same');
    expect(padding({ size: 28, filter: 4, stride: 2, padding: 1 })).toBe('same');
    expect(padding({ size: 32, filter: 1, stride: 2, padding: 0 })).toBe('valid');
    // 'same' would put its one pixel after the image.
    expect(padding({ size: 32, filter: 3, stride: 2, padding: 1 })).toBe(1);
  });
});
