import { type ErrorCode, GroundstateError } from '@groundstate/core';

/** A refused file, in the grammar of every error: who expected which file to be what, what it is instead, and what to do. */
export function fileError(
  code: ErrorCode,
  owner: string,
  file: string,
  found: { readonly rule: string; readonly got: string; readonly advice?: string; readonly cause?: unknown },
): GroundstateError {
  const advice = found.advice === undefined ? '' : ` ${found.advice}`;
  const message = `${owner}: expected \`${file}\` to be ${found.rule}, got ${found.got}.${advice}`;
  return new GroundstateError(code, message, found.cause === undefined ? {} : { cause: found.cause });
}
