/** Every test file starts on the cpu backend; those that need another choose it themselves. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

await tf.setBackend('cpu');
