import { bundle } from '../../tsup.base';

export default bundle({ entry: { index: 'src/index.ts', node: 'src/node/index.ts' }, external: [/^node:/] });
