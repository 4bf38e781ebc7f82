import { GatherError } from './gather-error.js';

/**
 * Whether an answer says that the token is of no use (any more): 401, or the 403 that asks to identify, in contract 1's words
 * or by its code under `/v1`. A wrong password is a 401 of another kind.
 */
export function isTokenRefused(error: unknown): error is GatherError {
  if (!(error instanceof GatherError)) return false;
  if (error.problem?.code === 'account.wrong_credentials') return false;
  return error.status === 401 || (error.status === 403 && asksToIdentify(error));
}

function asksToIdentify({ problem, message }: GatherError): boolean {
  return problem?.code === 'session.not_identified' || message.startsWith('Please identify');
}
