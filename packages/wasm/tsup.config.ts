import { copyFileSync } from 'node:fs';
import { bundle } from '../../tsup.base';

const kernels = ['kernels-relaxed.wasm', 'kernels-plain.wasm'];

export default bundle({
  // For those who serve the kernels themselves; only after `clean` has emptied the folder.
  onSuccess: async () => {
    for (const file of kernels) copyFileSync(`src/generated/${file}`, `dist/${file}`);
  },
});
