import { describeAttack } from '@groundstate/testing';
import { square } from './square';

describeAttack(() => square({ queries: 12 }));
