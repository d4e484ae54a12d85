import { bundle } from '../../tsup.base';

// The gradient registration of tfjs-core cannot be imported by Node; it is the one thing bundled from outside.
export default bundle({ noExternal: [/^@tensorflow\/tfjs-core\/dist\//] });
