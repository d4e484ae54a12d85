import { bundle } from '../../tsup.base';

export default bundle();
