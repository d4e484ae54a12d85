import { bundle } from '../../tsup.base';

export default bundle({
  entry: { index: 'src/index.ts', cli: 'src/cli.ts', 'probe-backend': 'src/doctor/probe-backend.ts' },
  format: ['esm'],
  platform: 'node',
});
