/**
 * What an audit of a run found, as it stands in audit.json: for every defence the figures behind the pictures of the report,
 * and the checks that tell robustness from masked gradients. No times in it, so that the same run gives the same file.
 */
import type { Share } from '../results';

export const auditSchema = 'groundstate/audit@1';

export type Audit = { readonly schema: typeof auditSchema; readonly defences: readonly DefenceAudit[] };

/** How much is audited. */
export type AuditSizes = {
  /** The first n of the test images that the run attacks. */
  readonly images: number;
  /** Steps of the attack at every point of the budget curve. */
  readonly steps: number;
  /** Images in the gallery. */
  readonly samples: number;
};

export type DefenceAudit = {
  readonly name: string;
  /** Of the training. Not in audits of the first versions, whose runs had one. */
  readonly seed?: number;
  /** Images that were audited. */
  readonly n: number;
  /** As `--attack` takes it: what the budget curve was measured with. */
  readonly attack: string;
  /** Robust accuracy at rising budgets in the norm of the threat, from 0 (clean) to beyond its epsilon, which is among them. */
  readonly budgets: readonly (Share & { readonly epsilon: number })[];
  /**
   * The loss along the attack's path, over the images: where on the way (0 clean, 1 end), mean and quartiles of the cross-entropy.
   * Images with a loss that is not finite are left out; empty where none is left.
   */
  readonly path: readonly {
    readonly fraction: number;
    readonly mean: number;
    readonly lower: number;
    readonly median: number;
    readonly upper: number;
  }[];
  /** Mean D_K of that path by number of segments, and TV_K; null where no example's was finite. */
  readonly energies: readonly { readonly segments: number; readonly energy: number | null; readonly variation: number | null }[];
  readonly masking: readonly MaskingCheck[];
  /** Logit of the label less the best other logit, image by image: clean, and at the strongest point that the attack found. Without images whose logits are not finite. */
  readonly margins: { readonly clean: readonly number[]; readonly adversarial: readonly number[] };
  readonly samples: readonly Sample[];
};

/** One of the signs of masked gradients (Athalye et al. 2018, arXiv 1802.00420; Carlini et al. 2019, arXiv 1902.06705). */
export type MaskingCheck = {
  readonly check: 'square-beats-gradients' | 'unbounded-budget' | 'more-steps' | 'zero-gradients' | 'not-finite';
  /** What is asked, as a sentence for people. */
  readonly question: string;
  readonly verdict: 'fine' | 'suspicious' | 'not judged';
  /** The answer in one sentence, with its figures. */
  readonly answer: string;
  readonly figures: { readonly [name: string]: number | null };
};

export type Sample = {
  /** Position among the test images of the run. */
  readonly id: number;
  readonly label: number;
  readonly clean: Prediction;
  readonly adversarial: Prediction;
  /** In the norm of the threat. */
  readonly distance: number;
  /**
   * PNG files, relative to the run's folder. The perturbation is shown about mid-grey, stretched to its own largest component: its
   * pattern can be compared with another's, its size (`distance`) cannot.
   */
  readonly images: { readonly clean: string; readonly perturbation: string; readonly adversarial: string };
};

export type Prediction = { readonly class: number /** Softmax, 0 to 1. */; readonly confidence: number };
