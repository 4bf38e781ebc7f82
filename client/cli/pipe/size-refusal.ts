import { GatherError } from '../../api/gather-error.js';

/**
 * Whether a request with messages was refused as a whole for its size: 413, or the 400 of contract 1 that names the
 * message and its limit. Nothing of it was stored, and a smaller request may be taken.
 */
export function isSizeRefusal(error: unknown): error is GatherError {
  return isBodyRefusal(error) || isMessageRefusal(error);
}

/** Whether it is the bytes of the whole request that were too many, and not the messages in it or one of them. */
export function isBodyRefusal(error: unknown): error is GatherError {
  return error instanceof GatherError && error.status === 413;
}

function isMessageRefusal(error: unknown): error is GatherError {
  return (
    error instanceof GatherError && error.status === 400 && error.message.startsWith("Invalid 'message'")
  );
}
