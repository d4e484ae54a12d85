import { bundle } from '../../tsup.base';

// The gradient registration of tfjs-core cannot be imported by Node; it is the one thing bundled from outside.
// No source maps: they would be larger than all the rest, and almost all of it would be tfjs's.
export default bundle({ noExternal: [/^@tensorflow\/tfjs-core\/dist\//], sourcemap: false });
