/** Errors of the house's grammar whose value is said in words rather than shown. */
import { type ErrorCode, GroundstateError } from '@groundstate/core';

/** `<owner>: expected \`<name>\` to be <rule>, got <words>.` and what to do about it. */
export function refusal(
  owner: string,
  name: string,
  rule: string,
  words: string,
  advice: string,
  options: { readonly code?: ErrorCode; readonly cause?: unknown } = {},
): GroundstateError {
  const { code = 'invalid-argument', ...rest } = options;
  return new GroundstateError(code, `${owner}: expected \`${name}\` to be ${rule}, got ${words}. ${advice}`, rest);
}
