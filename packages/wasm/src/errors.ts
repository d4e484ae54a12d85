/** What this package throws. It cannot use the errors of `@groundstate/core`, which it does not know, and follows their grammar. */
export class TrainingKernelError extends Error {
  override readonly name: string = 'TrainingKernelError';
}

/** `<owner>: expected \`<name>\` to be <rule>, got <value>.` and what to do about it. */
export function expected(owner: string, name: string, rule: string, value: unknown, advice: string): TrainingKernelError {
  return new TrainingKernelError(`${owner}: expected \`${name}\` to be ${rule}, got ${JSON.stringify(value) ?? String(value)}. ${advice}`);
}
