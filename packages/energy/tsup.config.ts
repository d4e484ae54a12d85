import { bundle } from '../../tsup.base';

export default bundle({ entry: { index: 'src/index.ts', layers: 'src/layers/index.ts' } });
