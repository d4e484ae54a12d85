export type { ApgdOptions } from './apgd';
export { apgdCe } from './apgd-ce';
export { apgdDlr } from './apgd-dlr';
export { type ApgdTOptions, apgdT } from './apgd-t';
export { type FgsmOptions, fgsm } from './fgsm';
export { gaussianNoise, type NoiseOptions, uniformNoise } from './noise';
export { type PgdOptions, pgd } from './pgd';
export { type SquareOptions, square } from './square';
