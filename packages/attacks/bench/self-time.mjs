// What a step of PGD and APGD costs, and how much of it is spent outside kernels: in tfjs's engine, its tape and our own code.
// `npx turbo run build --filter=@groundstate/attacks --filter=@groundstate/models --filter=@groundstate/wasm`, then `node packages/attacks/bench/self-time.mjs`.
// The network is `convnet()` on 128 images of 28 x 28 x 1. Counts are exact; times are the least of all rounds, the start of the attack included.
import { parseArgs } from 'node:util';
import '@tensorflow/tfjs-backend-wasm';
import { apgdCe, pgd } from '@groundstate/attacks';
import { ascend, createNoise, l2, linf } from '@groundstate/core';
import { convnet } from '@groundstate/models';
import { enableTrainingKernels } from '@groundstate/wasm';
import * as tf from '@tensorflow/tfjs-core';

const { values: options } = parseArgs({
  options: {
    batch: { type: 'string', default: '128' },
    steps: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '9' },
    /** The calls of every kernel, not their sum alone. */
    calls: { type: 'boolean', default: false },
  },
});
const [batch, steps, rounds] = [options.batch, options.steps, options.rounds].map(Number);

const { build, threads } = await enableTrainingKernels();
const profile = watchKernels();

/** Puts a clock around every kernel of the backend. A kernel that runs another one is counted as one, with all its time. */
function watchKernels() {
  const seen = { calls: new Map(), milliseconds: 0 };
  let depth = 0;
  for (const kernel of tf.getKernelsForBackend('wasm')) {
    tf.unregisterKernel(kernel.kernelName, 'wasm');
    tf.registerKernel({
      ...kernel,
      kernelFunc: (call) => {
        if (depth > 0) return kernel.kernelFunc(call);
        depth = 1;
        seen.calls.set(kernel.kernelName, (seen.calls.get(kernel.kernelName) ?? 0) + 1);
        const start = performance.now();
        try {
          return kernel.kernelFunc(call);
        } finally {
          seen.milliseconds += performance.now() - start;
          depth = 0;
        }
      },
    });
  }
  return seen;
}

const ids = Int32Array.from({ length: batch }, (_, i) => i);
const model = convnet({ seed: 1 });
const noise = createNoise(0, ids);
const inputs = noise.stream('inputs').uniform([28, 28, 1]);
const labels = tf.tidy(() => tf.argMax(model.logits(inputs), 1));

/** One run of an attack: its time, that of its kernels, and their calls. */
function measured(attack, threat) {
  profile.calls.clear();
  profile.milliseconds = 0;
  const start = performance.now();
  tf.dispose(ascend(attack, { model, inputs, goal: { kind: 'misclassify', labels }, threat, noise }));
  return { total: performance.now() - start, kernels: profile.milliseconds, calls: new Map(profile.calls) };
}

/** The calls that `more` has beyond `fewer`, for one step. */
function callsPerStep(more, fewer) {
  const calls = [...more.calls].map(([name, count]) => [name, (count - (fewer.calls.get(name) ?? 0)) / steps]);
  return calls.filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a);
}

console.log(`Kernels of the ${build} build on ${threads} thread${threads === 1 ? '' : 's'}, batch ${batch}, per step:`);
for (const [name, attack] of [
  ['PGD', pgd],
  ['APGD', apgdCe],
]) {
  for (const threat of [
    { norm: linf(), epsilon: 0.1 },
    { norm: l2(), epsilon: 1 },
  ]) {
    // An attack of twice as many steps has the same start: the difference is steps alone. Ends of APGD's windows are among them.
    const [fewer, more] = [attack({ steps }), attack({ steps: 2 * steps })].map((made) => () => measured(made, threat));
    more();
    const calls = callsPerStep(more(), fewer());
    // Least of each, for whatever else the machine does falls on either.
    let [kernels, outside] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let round = 0; round < rounds; round++) {
      const run = more();
      kernels = Math.min(kernels, run.kernels / (2 * steps));
      outside = Math.min(outside, (run.total - run.kernels) / (2 * steps));
    }
    const count = calls.reduce((sum, [, each]) => sum + each, 0);
    const share = (100 * outside) / (kernels + outside);
    console.log(
      `${name.padEnd(4)} ${threat.norm.name.padEnd(4)} ${count.toFixed(1).padStart(6)} kernel calls, ${(kernels + outside).toFixed(3)} ms, ` +
        `of which ${kernels.toFixed(3)} in kernels: ${share.toFixed(1)} % outside`,
    );
    if (options.calls) console.log(`     ${calls.map(([kernel, each]) => `${kernel} ${each}`).join(', ')}`);
  }
}
