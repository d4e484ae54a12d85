/** A ball that grows while training runs, of every defence that trains against an adversary. */
import { type Adversary, expected, type Schedule } from '@groundstate/core';

/** What a defence can be told about its ball beside the ball. */
export interface WarmUpOptions {
  /**
   * The share of epsilon in use as training runs, `linear(0, 1, 0.2)`; steps that are a share of epsilon shrink with it. A network
   * that meets the whole ball in its first step may stay a constant classifier for epochs. @default all of it, always
   */
  readonly warmUp?: Schedule | undefined;
}

/** What an adversary is told of it. */
export function warmUpOf(owner: string, { warmUp }: WarmUpOptions): Pick<Adversary, 'warmUp'> {
  if (warmUp === undefined) return {};
  if (typeof warmUp !== 'function') throw expected(owner, 'warmUp', 'a schedule such as linear(0, 1, 0.2)', warmUp);
  return { warmUp };
}
