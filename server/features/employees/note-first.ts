import { AppError } from '../../errors/app-error.js';
import type { AuditEvent, AuditService } from '../audit/audit-service.js';

/**
 * Does something once it is in the audit log, so that nothing is ever done that is not there; where it then fails, a second line
 * says so.
 *
 * @throws AppError `database.…` where the log cannot be written: nothing was done; and what `deed` throws
 */
export async function noteFirst<Result>(
  audit: Pick<AuditService, 'append' | 'record'>,
  event: AuditEvent,
  deed: () => Promise<Result>,
): Promise<Result> {
  await audit.append(event);
  try {
    return await deed();
  } catch (error) {
    const reason = error instanceof AppError ? error.code : 'server.internal';
    await audit.record({ ...event, outcome: 'refused', details: { ...event.details, reason } });
    throw error;
  }
}
