import { CHAIN_START, type ChainEnd } from './audit-chain.js';
import { openAuditEndFile, type AuditEndFile } from './audit-end-file.js';
import { createAuditService, type AuditDeps } from './audit-log.js';
import type { AuditService } from './audit-service.js';
import type { AuditStore } from './audit-store.js';

/**
 * Opens the audit log with the file of its end. Where the log does not reach as far as the file says, or the file is
 * missing or damaged, an error is logged, and the log goes on.
 *
 * @param endPath - the file
 * @throws AppError `database.…`; Node's error where the file cannot be read or written
 */
export async function openAuditService(deps: AuditDeps, endPath: string): Promise<AuditService> {
  const file = await openAuditEndFile(endPath, deps.auditKey);
  try {
    const known = await findKnownEnd(deps, file, endPath);
    return createAuditService(deps, {
      known,
      keep: (end) => file.write(end),
      [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
    });
  } catch (error) {
    await file[Symbol.asyncDispose]();
    throw error;
  }
}

async function findKnownEnd(
  { store, logger }: AuditDeps,
  file: AuditEndFile,
  path: string,
): Promise<ChainEnd> {
  const last = (await store.last()) ?? CHAIN_START;
  const { found } = file;
  if (found === undefined) {
    const fields = { path, entries: last.seq };
    if (last.seq > 0)
      logger.error(
        fields,
        'The file of the audit log’s end is missing or damaged: nobody can tell whether lines were removed there.',
      );
    await file.write(last);
    return last;
  }
  if (last.seq < found.seq)
    logger.error(
      { path, kept: found.seq, entries: last.seq },
      'Lines are missing at the end of the audit log: they were removed, or the database is an older one.',
    );
  else if (!(await hasLine(store, found)))
    logger.error(
      { path, seq: found.seq },
      'The audit log is not the one whose end was kept: lines were changed, or the database is another one.',
    );
  return found;
}

// What somebody else wrote need not be readable.
async function hasLine(store: AuditStore, { seq, hash }: ChainEnd): Promise<boolean> {
  if (seq === 0) return true;
  const [line] = await store.after(seq - 1, 1).catch(() => []);
  return line?.seq === seq && line.hash === hash;
}
