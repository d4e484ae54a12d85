import { describeAttack } from '@groundstate/testing';
import { gaussianNoise, uniformNoise } from './noise';

describeAttack(() => uniformNoise({ draws: 4 }));
describeAttack(() => gaussianNoise({ draws: 4 }));
