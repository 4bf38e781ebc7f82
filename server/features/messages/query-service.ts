import pLimit from 'p-limit';
import type { StoredMessagesQuery } from '../../../protocol/stored-messages.js';
import { userNameKey } from '../../../protocol/user-name.js';
import type { RecordFormat } from '../../dump/format/record-format.js';
import { readPage } from '../../dump/reading/read-page.js';
import type { ReadableDump } from '../../dump/reading/readable-dump.js';
import { createRecordJson } from '../../dump/reading/record-json.js';
import type { RecordQuery } from '../../dump/reading/record-query.js';
import { restOf } from '../../dump/reading/scan-dump.js';
import { AppError } from '../../errors/app-error.js';
import { queryOf } from './query-filters.js';
import { readCursor, writeCursor } from './query-cursor.js';

/** Who asks, by the name that the dump has. */
export interface QueryCaller {
  readonly userName: string;
}

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
   * A page of the messages that a caller may read: its own, or with the permission `messages:read` anybody's.
   *
   * @throws AppError `permission.missing`; `request.invalid_field` for a cursor of another query
   */
  page(caller: QueryCaller, query: StoredMessagesQuery): Promise<StoredPage>;
}

const MiB = 1024 * 1024;
const LOOKED_AT_BYTES = 32 * MiB;
const PAGE_CHARACTERS = 4 * MiB;
/** Pages that are read at once: each takes some MiB of memory meanwhile. */
const READING_AT_ONCE = 4;

/**
 * Makes the service of queries.
 *
 * @param canReadAll - whether a caller has the permission `messages:read`
 */
export function createQueryService(options: {
  dump: ReadableDump;
  format: RecordFormat;
  canReadAll: (caller: QueryCaller) => boolean;
}): QueryService {
  const { dump, format, canReadAll } = options;
  const jsonOf = createRecordJson(format);
  const inTurn = pLimit(READING_AT_ONCE);

  async function page(caller: QueryCaller, asked: StoredMessagesQuery): Promise<StoredPage> {
    const query = withUser(queryOf(asked), canReadAll(caller) ? asked.user : ownName(caller, asked.user));
    const { cursor, limit } = asked;
    const rest = cursor === undefined ? query : restOf(query, readCursor(query, cursor));
    const limits = { records: limit, lookedAt: LOOKED_AT_BYTES, characters: PAGE_CHARACTERS };
    const { found, next } = await inTurn(() => readPage(dump, format, rest, limits));
    return {
      records: found.map(jsonOf),
      next: next === undefined ? undefined : writeCursor(query, next),
    };
  }

  return { page };
}

function withUser(query: RecordQuery, user: string | undefined): RecordQuery {
  return user === undefined ? query : { ...query, user };
}

function ownName({ userName }: QueryCaller, asked: string | undefined): string {
  if (asked !== undefined && userNameKey(asked) !== userNameKey(userName))
    throw new AppError('permission.missing', { details: { permission: 'messages:read' } });
  return userName;
}
