import type { Traits } from './traits';

/** A rotation. */
export interface Turn {
  readonly cosine: number;
  readonly sine: number;
}

/** Through the angle whose half has this tangent, without a sine: 1 is a right angle. */
export function turnOf(halfTangent: number): Turn {
  const squared = halfTangent * halfTangent;
  return { cosine: (1 - squared) / (1 + squared), sine: (2 * halfTangent) / (1 + squared) };
}

/** Any direction, nearly evenly: an eighth of a circle to either side, and then quarters of it. */
export function anyTurn(traits: Traits): Turn {
  const { cosine, sine } = turnOf(traits.between(-tangentOfSixteenth, tangentOfSixteenth));
  const turned = [
    { cosine, sine },
    { cosine: -sine, sine: cosine },
    { cosine: -cosine, sine: -sine },
    { cosine: sine, sine: -cosine },
  ];
  return turned[traits.choice(4)]!;
}

/** sqrt(2) - 1: the half of an eighth of a circle. */
const tangentOfSixteenth = 0.41421356237309503;
