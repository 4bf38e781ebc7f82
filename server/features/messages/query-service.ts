import pLimit from 'p-limit';
import type { StoredMessagesQuery } from '../../../protocol/stored-messages.js';
import { userNameKey } from '../../../protocol/user-name.js';
import type { RecordFormat } from '../../dump/format/record-format.js';
import { readPage } from '../../dump/reading/read-page.js';
import type { ReadableDump } from '../../dump/reading/readable-dump.js';
import { createRecordJson } from '../../dump/reading/record-json.js';
import type { RecordQuery } from '../../dump/reading/record-query.js';
import { restOf } from '../../dump/reading/scan-dump.js';
import type { AccessService } from '../accounts/access-service.js';
import type { AuditEvent, AuditService } from '../audit/audit-service.js';
import type { Caller } from '../sessions/session-service.js';
import { queryOf } from './query-filters.js';
import { readCursor, writeCursor } from './query-cursor.js';

/** A page of stored messages. */
export interface StoredPage {
  /** Each record as one line of JSON, without a line end. */
  readonly records: readonly string[];
  /** The cursor of the next page; undefined where there are no more. */
  readonly next: string | undefined;
}

/** Reads what is stored, for those who may. */
export interface QueryService {
  /**
   * A page of the messages that a caller may read: with `messages:read` anybody's, of which the audit log takes note;
   * with `messages:write` its own, since it has its name.
   *
   * @throws AppError `permission.missing`, `account.password_change_needed`; `request.invalid_field` for a cursor of
   *   another query
   */
  page(caller: Caller, query: StoredMessagesQuery): Promise<StoredPage>;
}

const MiB = 1024 * 1024;
const LOOKED_AT_BYTES = 32 * MiB;
const PAGE_CHARACTERS = 4 * MiB;
/** Pages that are read at once: each takes some MiB of memory meanwhile. */
const READING_AT_ONCE = 4;

/** Makes the service of queries. */
export function createQueryService(options: {
  dump: ReadableDump;
  format: RecordFormat;
  access: Pick<AccessService, 'may' | 'assert'>;
  audit: Pick<AuditService, 'note'>;
}): QueryService {
  const { dump, format, access, audit } = options;
  const jsonOf = createRecordJson(format);
  const inTurn = pLimit(READING_AT_ONCE);

  async function page(caller: Caller, asked: StoredMessagesQuery): Promise<StoredPage> {
    const query = access.may(caller, 'messages:read') ? anybodys(caller, asked) : own(caller, asked);
    const { cursor, limit } = asked;
    const rest = cursor === undefined ? query : restOf(query, readCursor(query, cursor));
    const limits = { records: limit, lookedAt: LOOKED_AT_BYTES, characters: PAGE_CHARACTERS };
    const { found, next } = await inTurn(() => readPage(dump, format, rest, limits));
    return {
      records: found.map(jsonOf),
      next: next === undefined ? undefined : writeCursor(query, next),
    };
  }

  function anybodys(caller: Caller, asked: StoredMessagesQuery): RecordQuery {
    // Each page: a cursor may be older than the line of its first one, somebody else's, or made by hand.
    if (!isOwnName(caller, asked.user)) audit.note(readingOf(caller, asked));
    return queryOf(asked);
  }

  function own(caller: Caller, asked: StoredMessagesQuery): RecordQuery {
    if (asked.user !== undefined && !isOwnName(caller, asked.user)) access.assert(caller, 'messages:read');
    access.assert(caller, 'messages:write');
    const query = queryOf(asked);
    const { userName, nameSince } = caller.session;
    // What an earlier bearer of the name sent is not the caller's. The bound is exclusive.
    const afterAt = Math.max(query.afterAt ?? -Infinity, nameSince.getTime() - 1);
    return { ...query, user: userName, afterAt };
  }

  return { page };
}

function isOwnName({ session }: Caller, name: string | undefined): boolean {
  return name !== undefined && userNameKey(name) === userNameKey(session.userName);
}

function readingOf({ session, endpoint, door }: Caller, { user }: StoredMessagesQuery): AuditEvent {
  const actor = { userId: session.userId, name: session.userName, endpoint, door };
  return { action: 'messages.read', actor, ...(user === undefined ? {} : { subject: { name: user } }) };
}
