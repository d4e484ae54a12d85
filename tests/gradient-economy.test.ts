import { ascend, cleanLoss, createNoise, createStep, linf, l2, type Objective, type StepAttack, weightGradients, ascent, defineAttack } from '@groundstate/core';
import { apgdCe, fgsm, pgd, square, gaussianNoise } from '@groundstate/attacks';
import { energyPath, worstPath, energyRegularisation, virtualEnergyRegularisation } from '@groundstate/energy';
import * as baselines from '@groundstate/baselines';
import { convnet } from '@groundstate/models';
import * as tf from '@tensorflow/tfjs-core';
import { it, vi } from 'vitest';

const model = convnet({ inputShape: [8, 8, 2], filters: [3, 4], hidden: 5, classes: 3, seed: 1 });
const ids = Int32Array.from([0, 1, 2, 3, 4, 5]);
const inputs = tf.tidy(() => createNoise(0, ids).uniform([8, 8, 2]));
const labels = tf.tensor1d([0, 1, 2, 0, 1, 2], 'int32');
function count(body: () => void): Record<string, number> {
  const engine = tf.engine();
  const original = engine.runKernel.bind(engine);
  const runs: Record<string, number> = {};
  const spy = vi.spyOn(engine, 'runKernel').mockImplementation(((name: string, ...rest: [never, never]) => {
    runs[name] = (runs[name] ?? 0) + 1;
    return original(name, ...rest);
  }) as never);
  tf.tidy(() => { body(); });
  spy.mockRestore();
  return runs;
}
const brief = (runs: Record<string, number>) => {
  const { Conv2D, FusedConv2D, Conv2DBackpropInput, Conv2DBackpropFilter, BatchMatMul, _FusedMatMul, ...rest } = runs;
  const total = Object.values(rest).reduce((a, b) => a + b, 0);
  return JSON.stringify({ Conv2D, FusedConv2D, Conv2DBackpropInput, Conv2DBackpropFilter, BatchMatMul, _FusedMatMul, total }) ;
};
it('probe', () => {
  for (const [name, norm] of [['linf', linf()], ['l2', l2()]] as const) for (const [label, attack] of Object.entries({ fgsm: fgsm(), pgd: pgd({ steps: 5 }), pgd6: pgd({ steps: 6 }), apgd: apgdCe({ steps: 5 }), apgd6: apgdCe({steps: 6}), energyPath: energyPath(), virt: energyPath({virtual: true}), worst: worstPath() }) as [string, StepAttack][]) {
    const runs = count(() => { ascend(attack, { model, inputs, goal: { kind: 'misclassify', labels }, threat: { norm, epsilon: 0.1 }, noise: createNoise(0, ids) }); });
    console.log(name, label, brief(runs), label.startsWith('pgd') || label.startsWith('apgd') ? JSON.stringify(runs) : '');
  }
  const threat = { norm: l2(), epsilon: 0.5 };
  const attack = pgd({ steps: 3 });
  const defences = [
    baselines.standard(), energyRegularisation({ threat }), ...(['variation', 'continuous-path', 'worst-path', 'ball', 'point'] as const).map((energy) => energyRegularisation({ threat, energy })),
    virtualEnergyRegularisation({ threat }),
    baselines.adversarialTraining({ attack, threat }), baselines.alp({ attack, threat }), baselines.mart({ attack, threat }), baselines.trades({ threat }), baselines.vat({ threat }), baselines.vat({ threat, entropy: true }),
    baselines.fgsmAdversarialTraining({ threat }), baselines.fastAdversarialTraining({ threat }), baselines.oneStepAdversarialTraining({ threat }), baselines.nFgsm({ threat: { norm: linf(), epsilon: 0.1 } }),
    baselines.elle({ threat }), baselines.localLinearity({ threat }), baselines.cure(), baselines.inputGradientRegularisation(), baselines.jacobianRegularisation(), baselines.gaussianAugmentation({ sigma: 0.1 }),
    baselines.freeAdversarialTraining({ threat }), 
  ];
  for (const defence of defences) {
    let prepared: Record<string, number> = {}, evaluated: Record<string, number> = {};
    tf.tidy(() => {
      const step = createStep({ model, labelled: { ids, inputs, labels }, noise: (some) => createNoise(0, some), progress: 0.5 });
      let constants: unknown;
      const engine = tf.engine();
      const original = engine.runKernel.bind(engine);
      let runs: Record<string, number> = prepared;
      const spy = vi.spyOn(engine, 'runKernel').mockImplementation(((name: string, ...rest: [never, never]) => { runs[name] = (runs[name] ?? 0) + 1; return original(name, ...rest); }) as never);
      constants = defence.objective.prepare?.(step.context);
      runs = evaluated;
      const d = defence.descent;
      const terms = (moved?: tf.Tensor) => step.onTape(() => defence.objective.evaluate(moved ? step.contextAt(moved) : step.context, constants));
      if (d) d.gradients(model, terms as never, step.context, {}); else weightGradients(model, () => terms());
      spy.mockRestore();
      console.log(defence.name, JSON.stringify(step.meter), '\n   P', brief(prepared), '\n   E', brief(evaluated));
    });
  }
});
