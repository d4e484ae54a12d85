/** The defences of `@groundstate/baselines` by name. Whom one trains against is PGD wherever it is an argument, and is said. */
import { pgd } from '@groundstate/attacks';
import {
  adversarialTraining,
  alp,
  awp,
  cure,
  elle,
  fastAdversarialTraining,
  fgsmAdversarialTraining,
  freeAdversarialTraining,
  gaussianAugmentation,
  gradAlign,
  inputGradientRegularisation,
  jacobianRegularisation,
  localLinearity,
  mart,
  nFgsm,
  oneStepAdversarialTraining,
  standard,
  trades,
  vat,
} from '@groundstate/baselines';
import type { StepAttack } from '@groundstate/core';
import { type DefenceEntry, defineDefence, defineGrowing, type Grown } from './define-defence';
import { choice, type Given, number, type Setting, truth } from './setting';

const ascentSettings = (steps: number) => ({
  steps: number(steps, 'of the attack'),
  relativeStep: number('2.5 / steps', 'of the attack, as a share of epsilon'),
  step: number('relativeStep * epsilon', 'of the attack, in input units'),
  randomStart: truth(true, 'whether the attack starts at a random point of the ball'),
});

function ascentOf(given: Given<ReturnType<typeof ascentSettings>>, usual: number): StepAttack {
  const { steps = usual, relativeStep, step, randomStart } = given;
  return pgd({
    steps,
    ...(relativeStep === undefined ? {} : { relativeStep }),
    ...(step === undefined ? {} : { step }),
    ...(randomStart === undefined ? {} : { randomStart }),
  });
}

const grownOf = ({ warmUp }: Grown): Grown => (warmUp ? { warmUp } : {});

const weight = (usual: number, what: string): Setting<number> => number(usual, `weight of ${what}`);
const method = choice(['finite-difference', 'double-backprop'], 'how gradients of gradients are taken');

export const baselineEntries: readonly DefenceEntry[] = [
  defineDefence({
    card: {
      name: 'standard',
      factory: 'standard',
      about: 'cross-entropy of clean examples: what every defence is compared with',
      paper: '',
      cost: 1,
    },
    settings: {},
    build: () => standard(),
  }),
  defineDefence({
    card: {
      name: 'gaussian-augmentation',
      factory: 'gaussianAugmentation',
      about: 'cross-entropy of examples with normal noise; looks at no ball',
      paper: 'Cohen et al. 2019, arXiv 1902.02918',
      cost: 1,
    },
    settings: {
      sigma: number(0.25, 'standard deviation, in input units'),
      clip: truth(false, 'whether the noisy example is brought into the box'),
    },
    build: ({ sigma = 0.25, ...rest }) => gaussianAugmentation({ sigma, ...rest }),
  }),
  defineGrowing({
    card: {
      name: 'fgsm-at',
      factory: 'fgsmAdversarialTraining',
      about: 'cross-entropy of clean examples and of one step of full length from them',
      paper: 'Goodfellow et al. 2015, arXiv 1412.6572',
      cost: 3,
      norms: ['linf', 'l2'],
    },
    settings: { cleanShare: number(0.5, 'share of the clean loss') },
    build: (given, threat) => fgsmAdversarialTraining({ threat, ...given }),
  }),
  defineGrowing({
    card: {
      name: 'one-step-at',
      factory: 'oneStepAdversarialTraining',
      about: 'cross-entropy at one steepest step of full length',
      paper: 'Lyu et al. 2015, arXiv 1511.06385',
      cost: 2,
    },
    settings: { randomStart: truth(false, 'whether the step starts at a random point of the ball') },
    build: (given, threat) => oneStepAdversarialTraining({ threat, ...given }),
  }),
  defineGrowing({
    card: {
      name: 'fast-at',
      factory: 'fastAdversarialTraining',
      about: 'cross-entropy at one step of 1.25 epsilon from a random point of the ball',
      paper: 'Wong et al. 2020, arXiv 2001.03994',
      cost: 2,
    },
    settings: { relativeStep: number(1.25, 'the step as a share of epsilon') },
    build: (given, threat) => fastAdversarialTraining({ threat, ...given }),
  }),
  defineGrowing({
    card: {
      name: 'n-fgsm-at',
      factory: 'nFgsm',
      about: 'cross-entropy at one sign step on top of strong noise, not projected',
      paper: 'de Jorge et al. 2022, arXiv 2202.01181',
      cost: 2,
      norms: ['linf'],
    },
    settings: {
      noise: number(2, 'half the width of the noise, as a multiple of epsilon'),
      relativeStep: number(1, 'the step as a share of epsilon'),
    },
    build: (given, threat) => nFgsm({ threat, ...given }),
  }),
  defineDefence({
    card: {
      name: 'free-at',
      factory: 'freeAdversarialTraining',
      about: 'every batch several times; one backward pass moves weights and perturbation',
      paper: 'Shafahi et al. 2019, arXiv 1904.12843',
      cost: 1,
      norms: ['linf', 'l2'],
    },
    settings: {
      replays: number(8, 'how often each batch is used, a step each time: divide the epochs by it'),
      step: number('epsilon', 'the step of the perturbation, in input units'),
    },
    ownDescent: true,
    build: (given, threat) => freeAdversarialTraining({ threat, ...given }),
  }),
  defineGrowing({
    card: {
      name: 'pgd-at',
      factory: 'adversarialTraining',
      about: 'cross-entropy at the end of PGD',
      paper: 'Madry et al. 2018, arXiv 1706.06083',
      cost: 8,
    },
    settings: ascentSettings(7),
    build: (given, threat) => adversarialTraining({ attack: ascentOf(given, 7), threat, ...grownOf(given) }),
  }),
  defineGrowing({
    card: {
      name: 'awp',
      factory: 'awp',
      about: 'pgd-at, its gradient taken at weights that were moved against it',
      paper: 'Wu et al. 2020, arXiv 2004.05884',
      cost: 9,
    },
    settings: {
      ...ascentSettings(7),
      gamma: number(0.01, "length of the weights' move, as a share of theirs"),
      from: number(0, 'share of the training before it begins'),
    },
    ownDescent: true,
    build: ({ gamma, from: warmup, ...given }, threat) => ({
      ...adversarialTraining({ attack: ascentOf(given, 7), threat, ...grownOf(given) }),
      descent: awp({ ...(gamma === undefined ? {} : { gamma }), ...(warmup === undefined ? {} : { warmup }) }),
    }),
  }),
  defineGrowing({
    card: {
      name: 'trades',
      factory: 'trades',
      about: 'clean examples and the KL divergence to the end of an ascent of it',
      paper: 'Zhang et al. 2019, arXiv 1901.08573',
      cost: 12,
    },
    settings: {
      beta: weight(6, 'the divergence'),
      steps: number(10, 'of the ascent'),
      step: number('2.5 * epsilon / steps', 'of the ascent, in input units'),
    },
    build: (given, threat) => trades({ threat, ...given }),
  }),
  defineGrowing({
    card: {
      name: 'mart',
      factory: 'mart',
      about: 'PGD, and a divergence that weighs what is misclassified when clean',
      paper: 'Wang et al. 2020, ICLR',
      cost: 12,
    },
    settings: { beta: weight(6, 'the divergence'), ...ascentSettings(10) },
    build: ({ beta, ...given }, threat) =>
      mart({ attack: ascentOf(given, 10), threat, ...grownOf(given), ...(beta === undefined ? {} : { beta }) }),
  }),
  defineGrowing({
    card: {
      name: 'alp',
      factory: 'alp',
      about: 'PGD, and the logits of clean and adversarial examples pulled together',
      paper: 'Kannan et al. 2018, arXiv 1803.06373',
      cost: 12,
    },
    settings: {
      weight: weight(0.5, 'the pairing'),
      cleanShare: number(0, 'share of the clean loss'),
      ...ascentSettings(10),
    },
    build: ({ weight: pairing, cleanShare, ...given }, threat) =>
      alp({
        attack: ascentOf(given, 10),
        threat,
        ...grownOf(given),
        ...(pairing === undefined ? {} : { weight: pairing }),
        ...(cleanShare === undefined ? {} : { cleanShare }),
      }),
  }),
  defineGrowing({
    card: {
      name: 'vat',
      factory: 'vat',
      about: 'clean examples and the KL divergence along its direction of fastest change',
      paper: 'Miyato et al. 2018, arXiv 1704.03976',
      cost: 3,
      norms: ['l2'],
    },
    settings: {
      weight: weight(1, 'the divergence'),
      xi: number(0.01, 'how far away the direction is looked for, in input units'),
      iterations: number(1, 'of the power method'),
      clip: truth(false, 'whether the end is brought into the box'),
    },
    build: (given, threat) => vat({ threat, ...given }),
  }),
  defineGrowing({
    card: {
      name: 'grad-align',
      factory: 'gradAlign',
      about: 'one sign step, and gradients that point the same way all over the ball',
      paper: 'Andriushchenko, Flammarion 2020, arXiv 2007.02617',
      cost: 6,
      norms: ['linf'],
    },
    settings: { weight: weight(0.2, 'the misalignment') },
    build: (given, { epsilon }) => gradAlign({ epsilon, ...given }),
  }),
  defineGrowing({
    card: {
      name: 'elle',
      factory: 'elle',
      about: 'one step, and a loss that is straight on random chords of the ball',
      paper: 'Abad Rocamora et al. 2024, arXiv 2401.11618',
      cost: 5,
    },
    settings: { weight: weight(1000, 'the squared error of interpolation') },
    build: (given, threat) => elle({ threat, ...given }),
  }),
  defineGrowing({
    card: {
      name: 'llr',
      factory: 'localLinearity',
      about: 'clean examples, and a loss near its tangent, with little slope along the gap',
      paper: 'Qin et al. 2019, arXiv 1907.02610',
      cost: 15,
    },
    settings: {
      gapWeight: weight(4, 'the distance from the tangent'),
      slopeWeight: weight(3, 'the slope'),
      steps: number(10, 'of the ascent'),
      relativeStep: number('2.5 / steps', 'of the ascent, as a share of epsilon'),
      method,
    },
    build: (given, threat) => localLinearity({ threat, ...given }),
  }),
  defineDefence({
    card: {
      name: 'cure',
      factory: 'cure',
      about: "clean examples, and a loss of little curvature along the gradient's signs; looks at no ball",
      paper: 'Moosavi-Dezfooli et al. 2019, arXiv 1811.09716',
      cost: 7,
    },
    settings: { weight: weight(4, 'the curvature'), h: number(1.5, 'how far the gradient is looked at, l2 in input units'), method },
    build: (given) => cure(given),
  }),
  defineDefence({
    card: {
      name: 'input-gradient',
      factory: 'inputGradientRegularisation',
      about: "clean examples, and the squared length of the loss's gradient; looks at no ball",
      paper: 'Ross, Doshi-Velez 2018, arXiv 1711.09404',
      cost: 4,
    },
    settings: { weight: weight(1, 'the squared length'), method },
    build: (given) => inputGradientRegularisation(given),
  }),
  defineDefence({
    card: {
      name: 'jacobian',
      factory: 'jacobianRegularisation',
      about: 'clean examples, and the squared size of the Jacobian of the logits; looks at no ball',
      paper: 'Hoffman et al. 2019, arXiv 1908.02729',
      cost: 4,
    },
    settings: {
      weight: weight(0.01, 'half the squared size'),
      projections: number(1, 'random projections an example and step'),
      method,
    },
    build: (given) => jacobianRegularisation(given),
  }),
];
