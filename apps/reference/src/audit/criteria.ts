/**
 * Where the audit draws its lines, written down before anything is measured. The signs are those of "Obfuscated gradients give
 * a false sense of security", A. Athalye, N. Carlini, D. Wagner, 2018 (arXiv 1802.00420, section 3.1), and of "On evaluating
 * adversarial robustness", N. Carlini et al., 2019 (arXiv 1902.06705, section 4). Neither names numbers: these are ours,
 * chosen so that one odd image among hundreds makes no finding, and a share that would move a ranking does.
 *
 * A check that finds nothing proves nothing: masked gradients may hide from all of them.
 */
export const criteria = {
  /** Images that resist every gradient and fall to an attack without: more than this share of those that are right, and at least so many. */
  squareBeatsGradients: { share: 0.02, images: 3 },
  /** So many times the steps fool more than this share of the images more, and at least so many. */
  moreSteps: { factor: 4, share: 0.05, images: 3 },
  /**
   * An input gradient of the cross-entropy counts as zero where no component reaches `size`: below it core's steps of unit
   * length come out shorter, and what is left of float32's range is rounding. Of images that are right.
   */
  zeroGradients: { size: 1e-30, share: 0.01 },
} as const;
