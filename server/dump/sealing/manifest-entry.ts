import { createHash } from 'node:crypto';
import * as z from 'zod';
import { checkedLine, parseCheckedLine } from '../segments/checked-json.js';
import { PRODUCER_SCHEMA, SHA256_SCHEMA } from '../segments/derived-schemas.js';

const COUNT = z.int().nonnegative();

const CLOSED_SCHEMA = z.object({
  event: z.literal('closed'),
  /** The segment's name, not packed. */
  segment: z.string(),
  /** The numbers of its first and last record; 0 where it has none. */
  first: COUNT,
  last: COUNT,
  count: COUNT,
  /** Of its content, not packed. */
  bytes: COUNT,
  sha256: SHA256_SCHEMA,
  /** Between which times its records were written, in ms since 1970. */
  minAt: z.int(),
  maxAt: z.int(),
  /** When it was sealed, ISO 8601. */
  at: z.string(),
  /** The last numbers of the producers that wrote to it. */
  producers: z.array(PRODUCER_SCHEMA),
});

const REMOVED_SCHEMA = z.object({
  event: z.literal('removed'),
  segment: z.string(),
  first: COUNT,
  last: COUNT,
  at: z.string(),
});

const MOVED_SCHEMA = z.object({
  event: z.literal('moved'),
  first: COUNT,
  last: COUNT,
  at: z.string(),
  /** The last numbers of the producers that wrote to it. */
  producers: z.array(PRODUCER_SCHEMA).optional(),
});

const EVENT_SCHEMA = z.discriminatedUnion('event', [CLOSED_SCHEMA, REMOVED_SCHEMA, MOVED_SCHEMA]);
const ENTRY_SCHEMA = EVENT_SCHEMA.and(z.object({ previous: SHA256_SCHEMA }));

/** A segment was closed and read through. */
export type ClosedEvent = z.infer<typeof CLOSED_SCHEMA>;
/** Retention deletes a segment. Written before it is deleted. */
export type RemovedEvent = z.infer<typeof REMOVED_SCHEMA>;
/** Another program moved the live file away under the lock: its numbers are not ours to miss. */
export type MovedEvent = z.infer<typeof MOVED_SCHEMA>;
/** Something that happened to a whole segment. */
export type ManifestEvent = ClosedEvent | RemovedEvent | MovedEvent;

/** An event as it stands in the manifest: `previous` is the SHA-256 of the line before it, without its line end. */
export type ManifestEntry = ManifestEvent & { readonly previous: string };

/** What the first entry names as the line before it. */
export const NO_LINE = '0'.repeat(64);

/** The line of an entry with its line end. */
export function manifestLine(event: ManifestEvent, previous: string): string {
  return checkedLine({ ...event, previous });
}

/** The entry in a line without its line end; undefined where it is not as it was written. */
export function parseManifestLine(line: Buffer): ManifestEntry | undefined {
  return ENTRY_SCHEMA.safeParse(parseCheckedLine(line.toString('latin1'))).data;
}

/** What the entry after a line names it by. */
export function hashOfLine(line: Uint8Array | string): string {
  return createHash('sha256').update(line).digest('hex');
}
