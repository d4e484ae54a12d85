import { describeAttack } from '@groundstate/testing';
import { pgd } from './pgd';

describeAttack(() => pgd({ steps: 8 }));
