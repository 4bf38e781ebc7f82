import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { RecordQuery } from '../../dump/reading/record-query.js';
import { AppError } from '../../errors/app-error.js';

const CHECK_BYTES = 16;

/** What a cursor holds: where to go on, and what binds that to the query it was made for. */
const content = z.tuple([z.number().int().min(0), z.string()]);

/**
 * A cursor of a query: opaque to clients, base64url. It is bound to the query's filters and order, which decide by
 * themselves what a caller may see; so it needs no key, and is good after a restart too. Whoever makes one
 * reads what a query of theirs would have shown, and the audit log takes note of that as well.
 *
 * @param position - the number that the next page goes on from
 */
export function writeCursor(query: RecordQuery, position: number): string {
  const value: z.infer<typeof content> = [position, checkOf(query, position)];
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/**
 * The position in a cursor.
 *
 * @throws AppError `request.invalid_field` where it is not one of this query
 */
export function readCursor(query: RecordQuery, cursor: string): number {
  const parsed = content.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (parsed.success) {
    const [position] = parsed.data;
    // Byte for byte: base64 has several ways to write one content.
    if (writeCursor(query, position) === cursor) return position;
  }
  throw new AppError('request.invalid_field', {
    details: { field: 'cursor', reason: 'is not one of this query' },
  });
}

function checkOf(query: RecordQuery, position: number): string {
  const { order, afterSeq, beforeSeq, afterAt, beforeAt, user, topic, contains } = query;
  const bound = [order, afterSeq, beforeSeq, afterAt, beforeAt, user, topic, contains, position];
  // What is not there is told from what is by being null.
  const digest = createHash('sha256').update(JSON.stringify(bound)).digest();
  return digest.subarray(0, CHECK_BYTES).toString('base64url');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
