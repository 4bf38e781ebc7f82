import { randomUUID } from 'node:crypto';
import { AppError } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/error-table.js';
import type { Logger } from '../observability/logger.js';

/** What was asked for that is refused: names of ours, nothing that a client wrote. */
export interface Refused {
  readonly gateway: string;
  readonly action: string;
  readonly endpoint: string;
}

/** Notes a refused request, once, and turns what was thrown into the error that is answered. */
export type NoteRefusal = (error: unknown, refused: Refused) => AppError;

/**
 * Makes the log of what gateways refuse. The unknown becomes `server.internal`; its cause is in the log only.
 *
 * @param onRefusal - told of each
 */
export function createGatewayRefusals(
  logger: Logger,
  onRefusal: (code: ErrorCode) => void = () => undefined,
): NoteRefusal {
  return (error, refused) => {
    const requestId = randomUUID();
    const refusal =
      error instanceof AppError
        ? error
        : new AppError('server.internal', { details: { requestId }, cause: error });
    onRefusal(refusal.code);
    const fields = { ...refused, requestId, code: refusal.code };
    if (refusal.code === 'server.internal')
      logger.error({ ...fields, err: error }, 'A request to a gateway failed unexpectedly.');
    else if (refusal.kind.status >= 500)
      logger.warn({ ...fields, err: refusal.cause }, 'A request to a gateway could not be served.');
    else logger.info(fields, 'A request to a gateway was refused.');
    return refusal;
  };
}
