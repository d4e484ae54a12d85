/** Published figures of two public models, on the first 200 test images of MNIST (`anchors.slow.test.ts` takes all 10,000). */
import { fgsm, pgd } from '@groundstate/attacks';
import { beforeAll, describe, expect, it } from 'vitest';
import { chooseBackend } from '../src/backend/choose-backend';
import { attackAnchor, haveAnchors } from './anchors';

describe.skipIf(!haveAnchors)('the reference models, first 200 images, linf 0.3', () => {
  beforeAll(async () => {
    await chooseBackend('wasm');
  });
  const attacks = { pgd: pgd({ steps: 40, step: 0.01, randomStart: false }), fgsm: fgsm() };

  it('of the standard one, PGD-40 leaves nothing standing (published: 200 of 200 wrong)', async () => {
    const { standing } = await attackAnchor('standard', attacks, 200);
    expect(standing.pgd).toBe(0);
    // Published: 198 wrong, in float32 with a cross-entropy that loses its gradient; in float64 the same step fools all 200.
    expect(standing.fgsm).toBeLessThanOrEqual(2);
  });

  it('of the adversarially trained one, PGD-40 leaves 185 and FGSM 196 standing (published: 15 and 4 wrong)', async () => {
    const { standing } = await attackAnchor('pgd-trained', attacks, 200);
    expect(standing.pgd).toBe(185);
    expect(standing.fgsm).toBe(196);
  });
});
