import { describeAttack } from '@groundstate/testing';
import { apgdCe } from './apgd-ce';

describeAttack(() => apgdCe({ steps: 12 }));
