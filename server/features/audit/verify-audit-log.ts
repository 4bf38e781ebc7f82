import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AuditVerification } from '../../../protocol/audit.js';
import { CHAIN_START, isNext, type ChainEnd } from './audit-chain.js';
import type { AuditLine, AuditStore } from './audit-store.js';

const READ_AT_ONCE = 500;
/** Below every number that a line has, and that somebody else may have given one. */
const LOWEST = -(2 ** 31);

/**
 * Reads the whole log, some lines at a time, and checks that each follows from the one before.
 *
 * A chain alone does not tell that its newest lines were taken away; `known` does.
 *
 * @param known - lines that were durable before: the log must have them
 * @throws AppError `database.…`
 */
export async function verifyAuditLog(
  store: AuditStore,
  auditKey: Buffer,
  known: readonly ChainEnd[],
): Promise<AuditVerification> {
  let end = CHAIN_START;
  for (let from = LOWEST; ; from = end.seq) {
    const lines = await readAfter(store, from);
    if (lines === undefined) return brokenAt(end.seq + 1, store);
    if (lines.length === 0) break;
    for (const line of lines) {
      if (!isNext(end, line, auditKey) || isAnother(line, known)) return brokenAt(end.seq + 1, store);
      end = line;
    }
    await nextTurn();
  }
  if (known.some(({ seq }) => end.seq < seq)) return brokenAt(end.seq + 1, store);
  return { is_whole: true, entries: end.seq, first_broken: null };
}

// A log of the same key that went another way, as an older copy of the database would.
function isAnother(line: AuditLine, known: readonly ChainEnd[]): boolean {
  return known.some(({ seq, hash }) => line.seq === seq && line.hash !== hash);
}

async function brokenAt(seq: number, store: AuditStore): Promise<AuditVerification> {
  return { is_whole: false, entries: await store.count(), first_broken: seq };
}

// What somebody else wrote need not be readable: then a line alone is not either, though the database answers.
async function readAfter(store: AuditStore, seq: number): Promise<readonly AuditLine[] | undefined> {
  try {
    return await store.after(seq, READ_AT_ONCE);
  } catch {
    await store.count();
    return store.after(seq, 1).catch(() => undefined);
  }
}
