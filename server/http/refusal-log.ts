import type { IncomingMessage } from 'node:http';
import { AppError } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/error-table.js';
import type { Logger } from '../observability/logger.js';

/** Notes a refused request, once, and turns what was thrown into the error that is answered. */
export type RefusalLog = (
  error: unknown,
  request: Pick<IncomingMessage, 'method' | 'url'>,
  requestId: string,
  endpoint: string,
) => AppError;

const MAX_PATH_CHARACTERS = 200;
const TOKENS = /gd[st]_[\w-]+|eyJ[\w-]+\.[\w-]+\.[\w-]+/g;

/**
 * Makes the log of refusals. The unknown becomes `server.internal`; its cause is in the log only.
 *
 * @param onRefusal - told of each
 */
export function createRefusalLog(
  logger: Logger,
  onRefusal: (code: ErrorCode) => void = () => undefined,
): RefusalLog {
  return (error, request, requestId, endpoint) => {
    const refusal =
      error instanceof AppError
        ? error
        : new AppError('server.internal', { details: { requestId }, cause: error });
    onRefusal(refusal.code);
    const { method, url } = request;
    const fields = {
      requestId,
      code: refusal.code,
      status: refusal.kind.status,
      endpoint,
      method,
      path: url === undefined ? undefined : loggable(url),
    };
    if (refusal.code === 'server.internal')
      logger.error({ ...fields, err: error }, 'A request failed unexpectedly.');
    else if (refusal.kind.status >= 500)
      logger.warn({ ...fields, err: refusal.cause }, 'A request could not be served.');
    else logger.info(fields, 'A request was refused.');
    return refusal;
  };
}

// What is searched for can be personal, and a token may have got where it does not belong.
function loggable(url: string): string {
  const [path = ''] = url.split('?', 1);
  return path.replace(TOKENS, '[token]').slice(0, MAX_PATH_CHARACTERS);
}
