import { GatherError } from '../../api/gather-error.js';

/**
 * Whether a request with messages was refused as a whole for its size: 413, or the 400 of contract 1 that names the
 * message and its limit. Nothing of it was stored, and a smaller request may be taken.
 */
export function isSizeRefusal(error: unknown): error is GatherError {
  if (!(error instanceof GatherError)) return false;
  return error.status === 413 || (error.status === 400 && error.message.startsWith("Invalid 'message'"));
}
