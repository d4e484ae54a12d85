import { describeAttack } from '@groundstate/testing';
import { fgsm } from './fgsm';

describeAttack(() => fgsm());
