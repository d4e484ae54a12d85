// Time of the kernels of one training step, stock and ours: `npm run build -w @groundstate/wasm && node packages/wasm/bench/kernels.mjs`.
// The network: 64 images of 28 x 28 x 1, conv 5x5x32, pool 2, conv 5x5x64, pool 2, dense 1024, dense 10. Processor time, best of nine.
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { enableTrainingKernels } from '../dist/index.js';

await tf.setBackend('wasm');
const random = (...shape) =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => Math.random() * 2 - 1),
    shape,
  );

function convolution(size, inChannels, outChannels) {
  const [x, filter, dy] = [random(64, size, size, inChannels), random(5, 5, inChannels, outChannels), random(64, size, size, outChannels)];
  const attrs = { strides: 1, pad: 'same', dataFormat: 'NHWC', dilations: 1 };
  return [
    ['Conv2D', { x, filter }, attrs],
    ['Conv2DBackpropInput', { dy, filter }, { ...attrs, inputShape: x.shape }],
    ['Conv2DBackpropFilter', { x, dy }, { ...attrs, filterShape: filter.shape }],
  ];
}

function pool(size, channels) {
  const [input, dy] = [random(64, size, size, channels), random(64, size / 2, size / 2, channels)];
  const attrs = { filterSize: 2, strides: 2, pad: 'same' };
  return [
    ['MaxPool', { x: input }, attrs],
    ['MaxPoolGrad', { dy, input, output: dy }, attrs],
  ];
}

function dense(inputs, outputs) {
  const [x, w, dy] = [random(64, inputs), random(inputs, outputs), random(64, outputs)];
  return [
    ['BatchMatMul', { a: x, b: w }, { transposeA: false, transposeB: false }],
    ['BatchMatMul', { a: dy, b: w }, { transposeA: false, transposeB: true }],
    ['BatchMatMul', { a: x, b: dy }, { transposeA: true, transposeB: false }],
  ];
}

const calls = [
  ...convolution(28, 1, 32),
  ...pool(28, 32),
  ...convolution(14, 32, 64),
  ...pool(14, 64),
  ...dense(3136, 1024),
  ...dense(1024, 10),
];

function milliseconds([name, inputs, attrs]) {
  if (!tf.getKernel(name, 'wasm')) return Number.NaN;
  let best = Number.POSITIVE_INFINITY;
  for (let repetition = 0; repetition < 9; repetition++) {
    const before = process.cpuUsage();
    tf.dispose(tf.engine().runKernel(name, inputs, attrs));
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

const stock = calls.map(milliseconds);
enableTrainingKernels();
const ours = calls.map(milliseconds);
const show = (time) => (Number.isNaN(time) ? 'missing' : time.toFixed(1)).padStart(9);
calls.forEach(([name, inputs, { transposeA, transposeB }], index) => {
  const form = transposeA === undefined ? '' : ` ${transposeA ? 'T' : 'N'}${transposeB ? 'T' : 'N'}`;
  const shapes = Object.values(inputs)
    .slice(0, 2)
    .map(({ shape }) => shape.join('x'));
  console.log(`${`${name}${form} ${shapes.join(', ')}`.padEnd(62)} stock ${show(stock[index])} ms   ours ${show(ours[index])} ms`);
});
