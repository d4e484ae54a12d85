/** What passes cost, in kernels: an attack computes no gradient of a weight, a training none of its inputs, and no pass is made twice. */
import '@tensorflow/tfjs-backend-wasm';
import { apgdCe, fgsm, pgd } from '@groundstate/attacks';
import * as baselines from '@groundstate/baselines';
import {
  type AdversarialLoss,
  ascend,
  createNoise,
  createStep,
  type Defence,
  l1,
  l2,
  linf,
  logitsTogether,
  type Norm,
  type StepAttack,
  type Terms,
  weightGradients,
} from '@groundstate/core';
import { type EnergyName, energyPath, energyRegularisation, virtualEnergyRegularisation, worstPath } from '@groundstate/energy';
import { convnet } from '@groundstate/models';
import { enableTrainingKernels } from '@groundstate/wasm';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it, vi } from 'vitest';

type Calls = Readonly<Record<string, number>>;

/** How often `body` runs each kernel. */
function callsOf(body: () => void): Calls {
  const engine = tf.engine();
  const original = engine.runKernel.bind(engine);
  const calls: Record<string, number> = {};
  const spy = vi.spyOn(engine, 'runKernel').mockImplementation(((name: string, inputs: never, attributes: never) => {
    calls[name] = (calls[name] ?? 0) + 1;
    return original(name, inputs, attributes);
  }) as never);
  try {
    body();
  } finally {
    spy.mockRestore();
  }
  return calls;
}

/** The products of a pass: two convolutions and two dense layers. */
function productsOf(calls: Calls): Calls {
  const names = ['Conv2D', 'FusedConv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter', 'BatchMatMul', '_FusedMatMul'];
  return Object.fromEntries(names.map((name) => [name, calls[name] ?? 0]));
}
const products = (
  forwards: number,
  inputGradients: { readonly convolutions: number; readonly dense: number },
  filterGradients = 0,
): Calls => ({
  Conv2D: 0,
  FusedConv2D: 2 * forwards,
  Conv2DBackpropInput: inputGradients.convolutions,
  Conv2DBackpropFilter: 2 * filterGradients,
  BatchMatMul: inputGradients.dense + 2 * filterGradients,
  _FusedMatMul: 2 * forwards,
});
const minus = (more: Calls, fewer: Calls): Calls =>
  Object.fromEntries(
    Object.entries(more)
      .map(([name, count]) => [name, count - (fewer[name] ?? 0)] as const)
      .filter(([, count]) => count !== 0),
  );
const total = (calls: Calls): number => Object.values(calls).reduce((sum, count) => sum + count, 0);

const n = 6;
const shape = { inputShape: [8, 8, 2], filters: [3, 4], hidden: 5, classes: 3, seed: 1 };
const model = convnet(shape);
const smooth = convnet({ ...shape, activation: 'tanh' });
const ids = Int32Array.from({ length: n }, (_, i) => i);
const inputs = createNoise(0, ids).uniform([8, 8, 2]);
const labels = tf.tensor1d([0, 1, 2, 0, 1, 2], 'int32');
afterAll(() => {
  tf.dispose([inputs, labels]);
  model.dispose();
  smooth.dispose();
});

const ascending = (attack: StepAttack, norm: Norm, network = model): Calls =>
  tf.tidy(() =>
    callsOf(() =>
      ascend(attack, {
        model: network,
        inputs,
        goal: { kind: 'misclassify', labels },
        threat: { norm, epsilon: 0.1 },
        noise: createNoise(0, ids),
      }),
    ),
  );

describe('an attack', () => {
  const attacks: readonly (readonly [string, (steps: number) => StepAttack, forwards: number, gradients: number])[] = [
    ['fgsm', () => fgsm(), 1, 1],
    ['pgd', (steps) => pgd({ steps }), 4, 4],
    ['apgd-ce', (steps) => apgdCe({ steps, shrinkingRadius: false }), 5, 5],
    ['energy-path', (steps) => energyPath({ steps }), 4, 4],
    // The clean prediction.
    ['virtual-energy-path', (steps) => energyPath({ steps, virtual: true }), 5, 4],
    // Three to choose the start by; two points a step.
    ['worst-path', (steps) => worstPath({ steps }), 3 + 8, 8],
  ];
  it.each(attacks)('computes the gradient of its inputs and of nothing else: %s', (_, make, forwards, gradients) => {
    const attack = make(4);
    for (const norm of [linf(), l2(), l1()].filter(({ name }) => attack.card.norms.includes(name))) {
      for (const network of [model, smooth]) {
        const wanted = products(forwards, { convolutions: 2 * gradients, dense: 2 * gradients });
        expect(productsOf(ascending(attack, norm, network))).toEqual(wanted);
      }
    }
  });

  it('spends few kernels beside those of the pass: so many a step', () => {
    // A loss of one kernel, for the count is of the attack: the cross-entropy has its own.
    const simple: AdversarialLoss = (logits) => tf.sum(logits, 1) as tf.Tensor1D;
    /** Of the step before which `index` others were taken. */
    const step = (attack: StepAttack, norm: Norm, index: number): Calls =>
      minus(ascending({ ...attack, steps: index + 1 }, norm), ascending({ ...attack, steps: index }, norm));
    const plain = (norm: Norm): Calls => step(pgd({ loss: simple }), norm, 2);
    expect(total(plain(linf()))).toBe(53);
    expect(total(plain(l2()))).toBe(79);
    // Those that run over all pixels: is the gradient finite, and flat where not; its sign, a step, and back into ball and box.
    expect(plain(linf())).toMatchObject({ IsFinite: 1, ZerosLike: 1, Select: 1, ClipByValue: 3, Add: 2, Sub: 1 });
    // Two lengths: of the gradient and of the perturbation.
    expect(plain(l2())).toMatchObject({ IsFinite: 1, ZerosLike: 1, Select: 1, ClipByValue: 1, Add: 2, Sub: 1, Sqrt: 2, Square: 2, Abs: 2 });
    // The cross-entropy is in both and drops out. Steps 0, 1, ... of a hundred; the first window ends with step 21.
    const beyond = (norm: Norm, index: number): number =>
      total(step(apgdCe({ steps: 100, shrinkingRadius: false }), norm, index)) - total(step(pgd(), norm, 2));
    expect([beyond(linf(), 2), beyond(linf(), 21)]).toEqual([24, 39]);
    expect([beyond(l2(), 2), beyond(l2(), 21)]).toEqual([39, 54]);
  });
});

/** The products of one training step, of `prepare` and of the tape, and its forward and backward passes for each example. */
function trainingOf(
  { objective, descent }: Defence,
  network = model,
): { readonly prepared: Calls; readonly taped: Calls; readonly passes: readonly number[] } {
  return tf.tidy(() => {
    const { context, contextAt, onTape, meter } = createStep({
      model: network,
      labelled: { ids, inputs, labels },
      noise: (some) => createNoise(0, some),
      progress: 0.5,
    });
    let constants: unknown;
    const prepared = callsOf(() => {
      constants = objective.prepare?.(context);
    });
    const terms = (moved?: tf.Tensor): Terms => onTape(() => objective.evaluate(moved ? contextAt(moved) : context, constants));
    const taped = callsOf(() => {
      if (descent) descent.gradients(network, terms, context, {});
      else weightGradients(network, () => terms());
    });
    return { prepared: productsOf(prepared), taped: productsOf(taped), passes: [meter.forwards / n, meter.backwards / n] };
  });
}

describe('a training step', () => {
  const threat = { norm: l2(), epsilon: 0.5 };
  const attack = pgd({ steps: 3 });
  const energy = (name: EnergyName): Defence => energyRegularisation({ threat, energy: name });
  // The gradient evaluations of preparation, with forward passes beyond them, and of the tape, and in how many batches those of the tape are run.
  const defences: readonly (readonly [Defence, prepared: number, more: number, taped: number, batches: number])[] = [
    [baselines.standard(), 0, 0, 1, 1],
    // The clean pass is the clean loss's; the two other points are one batch.
    [energy('path'), 5, 0, 3, 2],
    [energyRegularisation({ threat, segments: 8 }), 5, 0, 9, 2],
    [energy('variation'), 5, 0, 3, 2],
    [energy('continuous-path'), 5, 0, 3, 2],
    [energy('worst-path'), 10, 3, 3, 2],
    [energy('ball'), 1, 0, 3, 2],
    [energy('point'), 1, 0, 3, 2],
    // The probabilities while training, and the prediction in inference that the ascent leaves.
    [virtualEnergyRegularisation({ threat }), 5, 2, 3, 2],
    [baselines.adversarialTraining({ attack, threat }), 3, 0, 1, 1],
    [baselines.alp({ attack, threat }), 3, 0, 2, 2],
    [baselines.mart({ attack, threat }), 3, 0, 2, 1],
    [baselines.trades({ threat }), 10, 1, 2, 2],
    // The prediction that is held constant is the one that the direction is looked for around: one pass.
    [baselines.vat({ threat }), 1, 1, 2, 2],
    [baselines.fgsmAdversarialTraining({ threat }), 1, 0, 2, 2],
    [baselines.fastAdversarialTraining({ threat }), 1, 0, 1, 1],
    [baselines.oneStepAdversarialTraining({ threat }), 1, 0, 1, 1],
    [baselines.nFgsm({ threat: { norm: linf(), epsilon: 0.1 } }), 1, 0, 1, 1],
    [baselines.elle({ threat }), 1, 0, 4, 2],
    [baselines.localLinearity({ threat }), 11, 0, 4, 3],
    [baselines.cure(), 2, 0, 5, 3],
    [baselines.inputGradientRegularisation(), 1, 0, 3, 2],
    [baselines.jacobianRegularisation(), 1, 0, 3, 2],
    [baselines.gaussianAugmentation({ sigma: 0.1 }), 0, 0, 1, 1],
  ];

  it.each(defences.map((row) => [row[0].name, ...row] as const))(
    "computes no gradient of its first layer's input, and no pass twice: %s",
    (_, defence, prepared, more, taped, batches) => {
      for (const network of [model, smooth]) {
        const calls = trainingOf(defence, network);
        expect(calls.prepared).toEqual(products(prepared + more, { convolutions: 2 * prepared, dense: 2 * prepared }));
        // The second convolution's input, and those of the dense layers, which come after it.
        expect(calls.taped).toEqual(products(batches, { convolutions: batches, dense: 2 * batches }, batches));
        expect(calls.passes).toEqual([prepared + more + taped, prepared + taped]);
      }
    },
  );

  it('that moves its inputs computes their gradient too', () => {
    const calls = trainingOf(baselines.freeAdversarialTraining({ threat }));
    expect(calls.taped).toEqual(products(1, { convolutions: 2, dense: 2 }, 1));
    expect(calls.passes).toEqual([1, 1]);
  });
});

describe('points that are stacked', () => {
  const network = convnet({ ...shape, dropout: 0.5 });
  const points = Array.from({ length: 4 }, (_, k) => createNoise(k, ids).uniform([8, 8, 2]));
  afterAll(() => {
    tf.dispose(points);
    network.dispose();
  });
  const bits = (logits: readonly tf.Tensor[]): number[][] =>
    logits.map((values) => [...new Int32Array((values.dataSync() as Float32Array).slice().buffer)]);

  it.each(['cpu', 'stock wasm', 'wasm'])('have the logits of points one by one on %s, bit for bit, dropout included', async (backend) => {
    const training = backend === 'wasm' ? await enableTrainingKernels() : undefined;
    await tf.setBackend(backend.split(' ').at(-1)!);
    try {
      for (const mode of ['inference', 'training'] as const) {
        const options = { mode, noise: createNoise(5, ids) };
        tf.tidy(() => {
          const alone = bits(points.map((point) => network.logits(point, options)));
          const together = callsOf(() => expect(bits(logitsTogether(network, points, options))).toEqual(alone));
          expect(together.FusedConv2D).toBe(2);
          // On the tape a pass runs other kernels, and stock tfjs has no gradient of filters on wasm.
          const first = tf.grad((point: tf.Tensor) => {
            const taped = logitsTogether(network, [point, ...points.slice(1)], options);
            expect(bits(taped)).toEqual(alone);
            return tf.sum(tf.square(taped[0]!));
          })(points[0]!);
          const apart = tf.grad((point: tf.Tensor) => tf.sum(tf.square(network.logits(point, options))))(points[0]!);
          expect(bits([first])).toEqual(bits([apart]));
        });
      }
    } finally {
      training?.disable();
      await tf.setBackend('cpu');
    }
  });
});
