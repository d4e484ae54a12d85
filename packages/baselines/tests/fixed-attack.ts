import { defineAttack, type StepAttack } from '@groundstate/core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** An attack that looks at nothing and ends where it is told: for adversarial examples that are known beforehand. */
export function fixedAttack(end: (inputs: Tensor) => Tensor, name = 'fixed'): StepAttack {
  return defineAttack({
    card: { name, norms: ['linf', 'l2'], budget: 'fixed', access: 'logits', goals: ['misclassify', 'change'], paper: 'none' },
    steps: 0,
    init: ({ inputs }) => ({ rows: { adversarial: end(inputs) } }),
    step: (state) => state,
  });
}
