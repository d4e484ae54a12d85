import type { AttackState, StepAttackDefinition } from '@groundstate/core';

/** What APGD is under some norms. */
export type ApgdForm<S extends AttackState> = Pick<StepAttackDefinition<S>, 'init' | 'step'>;
