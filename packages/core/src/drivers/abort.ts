import { GroundstateError } from '../errors';

/** Throws when the caller has cancelled; `owner` is who stopped. */
export function checkAborted(owner: string, signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new GroundstateError('aborted', `${owner}: stopped by the signal it was given.`, { cause: signal.reason });
}
