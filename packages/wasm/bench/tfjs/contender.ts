/** TensorFlow.js on one backend. Arguments: `stock`, `ours` or `tensorflow`, and the threads. */
import '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Work } from '../cases/work';
import { serve, type Workload } from '../contenders/serve';
import { attack } from './attack';
import { type Backend, start } from './backends';
import { convolution } from './convolution';
import { networkPass } from './network-pass';
import { product } from './product';
import { training } from './training';

const backend = process.argv[2] as Backend;
const title = await start(backend, Number(process.argv[3]));

function create(work: Work): Workload {
  switch (work.kind) {
    case 'product':
      return product(work);
    case 'convolution':
      return convolution(work);
    case 'network':
      return networkPass(work);
    case 'attack':
      return attack(work);
    case 'training':
      return training(work);
    case 'peak':
      throw new Error('The registers measure the peak.');
  }
}

await tf.ready();
await serve({ title, kinds: ['product', 'convolution', 'network', 'attack', 'training'], create });
