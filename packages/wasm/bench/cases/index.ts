/** Everything that is measured, in the order of the table. */
import { POOLED, STRIDED } from './networks';
import { convolutionOperations, layerOperations, PEAK_TURNS, peakOperations, productOperations } from './operations';
import type { Case, Convolution, Network, NetworkPass, Pass, Product } from './work';

/** Measured in the rounds of every group: a machine's clock changes with what runs beside us. */
export const PEAKS: readonly Case[] = (['relaxed', 'plain'] as const).map((build) => ({
  name: `peak of the ${build} build`,
  group: 'the machine',
  operations: peakOperations(PEAK_TURNS),
  work: { kind: 'peak', build, turns: PEAK_TURNS },
}));

const products: readonly Case[] = [...[256, 512, 1024, 2048].map((size) => ({ size, batch: 1 })), { size: 256, batch: 16 }].flatMap(
  ({ size, batch }) =>
    (['NN', 'NT', 'TN'] as const).map((form): Case => {
      const sizes = { batch, rows: size, inner: size, columns: size };
      const work: Product = { kind: 'product', ...sizes, transposeA: form === 'TN', transposeB: form === 'NT' };
      return {
        name: `GEMM ${batch === 1 ? '' : `${batch} x `}${size} ${form}`,
        group: 'matrix products',
        operations: productOperations(work),
        heavy: size === 2048,
        work,
      };
    }),
);

/** All three passes of a convolution. */
function convolutions(name: string, group: string, shape: Omit<Convolution, 'kind' | 'pass'>): Case[] {
  return (['forward', 'input gradient', 'filter gradient'] satisfies Pass[]).map((pass) => ({
    name: `${name} ${pass}`,
    group,
    operations: convolutionOperations(shape),
    work: { kind: 'convolution', pass, ...shape },
  }));
}

const small = { batch: 64, stride: 1, padding: 2, filter: 5 };
const strided = { batch: 64, stride: 2, padding: 1, filter: 4 };
const coloured = { batch: 32, stride: 1, padding: 1, filter: 3 };

const layers: readonly Case[] = [
  ...convolutions('conv 5x5 1-32 on 28x28', 'convolutions for MNIST', { ...small, size: 28, inputs: 1, outputs: 32 }),
  ...convolutions('conv 5x5 32-64 on 14x14', 'convolutions for MNIST', { ...small, size: 14, inputs: 32, outputs: 64 }),
  ...convolutions('conv 4x4 stride 2 1-16 on 28x28', 'convolutions for MNIST', { ...strided, size: 28, inputs: 1, outputs: 16 }),
  ...convolutions('conv 4x4 stride 2 16-32 on 14x14', 'convolutions for MNIST', { ...strided, size: 14, inputs: 16, outputs: 32 }),
  ...convolutions('conv 3x3 3-96 on 32x32', 'Conv-Small', { ...coloured, size: 32, inputs: 3, outputs: 96 }),
  ...convolutions('conv 3x3 96-96 on 32x32', 'Conv-Small', { ...coloured, size: 32, inputs: 96, outputs: 96 }),
  ...convolutions('conv 3x3 96-192 on 16x16', 'Conv-Small', { ...coloured, size: 16, inputs: 96, outputs: 192 }),
  ...convolutions('conv 3x3 64-64 on 32x32', 'block of ResNet-18', { ...coloured, size: 32, inputs: 64, outputs: 64 }),
  ...convolutions('conv 3x3 stride 2 64-128 on 32x32', 'block of ResNet-18', {
    ...coloured,
    size: 32,
    inputs: 64,
    outputs: 128,
    stride: 2,
  }),
  ...convolutions('conv 1x1 stride 2 64-128 on 32x32', 'block of ResNet-18', {
    ...coloured,
    ...{ size: 32, inputs: 64, outputs: 128, filter: 1, stride: 2, padding: 0 },
  }),
];

/** Every layer has a forward pass, an input gradient and a weight gradient of the same cost; what is not needed is not counted. */
function networkOperations(pass: NetworkPass['pass'], network: Network, batch: number): number {
  const each = layerOperations(network, batch);
  const forward = each.reduce((sum, operations) => sum + operations, 0);
  return { forward, 'input gradient': 2 * forward, 'train step': 3 * forward - each[0]! }[pass];
}

const BATCH = 64;
const STEPS = 10;

const wholes: readonly Case[] = [
  ...(['forward', 'input gradient', 'train step'] as const).map(
    (pass): Case => ({
      name: `network ${pass}`,
      group: 'networks',
      operations: networkOperations(pass, POOLED, BATCH),
      work: { kind: 'network', pass, batch: BATCH, network: POOLED },
    }),
  ),
  {
    name: `PGD-${STEPS} linf on convnet`,
    group: 'networks',
    operations: STEPS * networkOperations('input gradient', STRIDED, BATCH),
    work: { kind: 'attack', batch: BATCH, network: STRIDED, steps: STEPS, epsilon: 0.3 },
  },
  ...(['plain', 'energy'] as const).map(
    (objective): Case => ({
      name: `${objective} step on convnet`,
      group: 'networks',
      work: { kind: 'training', objective, batch: BATCH, network: STRIDED },
    }),
  ),
];

export const CASES: readonly Case[] = [...products, ...layers, ...wholes];

/** What is printed as a ratio: the second name over the first. */
export const ENERGY_STEP = { plain: 'plain step on convnet', energy: 'energy step on convnet' } as const;
