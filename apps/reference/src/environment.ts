/** What a run ran on, for its config.json. */
import * as tf from '@tensorflow/tfjs-core';
import { version } from './version';

export type Environment = {
  readonly environment: { readonly groundstate: string; readonly tensorflow: string; readonly node: string; readonly platform: string };
  readonly command: string;
};

export function environment(): Environment {
  return {
    environment: {
      groundstate: version,
      tensorflow: tf.version_core,
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
    },
    command: ['groundstate', ...process.argv.slice(2)].join(' '),
  };
}
