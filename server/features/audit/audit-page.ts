import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AuditEntry, AuditPage, AuditQuery } from '../../../protocol/audit.js';
import type { AuditFilter, AuditLine, AuditStore } from './audit-store.js';

/** How many lines one statement looks at: it holds everything else up for as long. */
const LOOKED_AT_ONCE = 10_000;
/** How many a page looks at before it says where to go on. */
const LOOKED_AT_A_PAGE = 500_000;

/** What a page is read with. */
export interface AuditReading {
  readonly store: AuditStore;
  readonly findUserId: (name: string) => Promise<string | undefined>;
}

/**
 * Reads a page, newest first. One that has found less than was asked for and is not the last has looked at 500,000 lines.
 *
 * @throws AppError `database.…`
 */
export async function readAuditPage(
  { user, limit, before, ...same }: AuditQuery,
  { store, findUserId }: AuditReading,
): Promise<AuditPage> {
  const filter: AuditFilter = {
    ...same,
    user: user === undefined ? undefined : { name: user, id: await findUserId(user) },
  };
  const behindAll = ((await store.last())?.seq ?? 0) + 1;
  let top = Math.min(before ?? behindAll, behindAll);
  const lowest = Math.max(1, top - LOOKED_AT_A_PAGE);
  const found: AuditLine[] = [];
  while (top > lowest) {
    const from = Math.max(lowest, top - LOOKED_AT_ONCE);
    found.push(...(await store.find(filter, { from, before: top }, limit - found.length)));
    if (found.length === limit) return pageOf(found, found.at(-1)?.seq ?? 1);
    top = from;
    await nextTurn();
  }
  return pageOf(found, top);
}

function pageOf(lines: readonly AuditLine[], next: number): AuditPage {
  return { entries: lines.map(entryOf), next: next > 1 ? next : null };
}

function entryOf({ at, details, actorId: _actorId, subjectId: _subjectId, ...line }: AuditLine): AuditEntry {
  return { ...line, at: at.toISOString(), details: detailsOf(details) };
}

// What somebody else wrote there need not be JSON; the verification tells.
function detailsOf(text: string | null): Record<string, unknown> {
  if (text === null) return {};
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return { unreadable: text };
  }
}
