/** Every test file starts on the cpu backend and without a proxy; those that need another choose it themselves. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

await tf.setBackend('cpu');

// Tests talk to this machine alone, whose ports no proxy can reach.
for (const name of ['http_proxy', 'https_proxy', 'no_proxy']) {
  delete process.env[name];
  delete process.env[name.toUpperCase()];
}
