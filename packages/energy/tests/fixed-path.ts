import { defineAttack, type StepAttack } from '@groundstate/core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** An attack that looks at nothing and ends where it is told: for paths that are known beforehand. */
export function fixedPath(end: (inputs: Tensor) => Tensor): StepAttack {
  return defineAttack({
    card: { name: 'fixed-path', norms: ['linf', 'l2', 'l1'], budget: 'fixed', access: 'logits', goals: ['misclassify'], paper: 'none' },
    steps: 0,
    init: ({ inputs }) => ({ rows: { adversarial: end(inputs) } }),
    step: (state) => state,
  });
}
