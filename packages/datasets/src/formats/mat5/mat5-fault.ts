import type { ErrorCode, GroundstateError } from '@groundstate/core';
import { fileError } from '../../file-error';

/** Refuses the file that is being read. */
export type Mat5Fault = (rule: string, got: string, advice: string, options?: { code?: ErrorCode; cause?: unknown }) => GroundstateError;

export const fetchAgain = 'The file is damaged: fetch it again.';

/** Faults of one file: `corrupt` unless another code is given. */
export function mat5Fault(owner: string, file: string): Mat5Fault {
  return (rule, got, advice, { code = 'corrupt', cause } = {}) => fileError(code, owner, file, { rule, got, advice, cause });
}
