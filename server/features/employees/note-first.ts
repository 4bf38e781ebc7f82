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
    await audit.record(refused(event, error));
    throw error;
  }
}

/**
 * Looks at something; where it is not as it has to be, that is in the audit log before anybody is told.
 *
 * @throws AppError `database.…` where the log cannot be written; and what `look` throws
 */
export async function noteRefusal<Result>(
  audit: Pick<AuditService, 'append'>,
  event: AuditEvent,
  look: () => Promise<Result>,
): Promise<Result> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof AppError && error.code.startsWith('employee.'))
      await audit.append(refused(event, error));
    throw error;
  }
}

function refused(event: AuditEvent, error: unknown): AuditEvent {
  const reason = error instanceof AppError ? error.code : 'server.internal';
  return { ...event, outcome: 'refused', details: { ...event.details, reason } };
}
