import pLimit from 'p-limit';
import type { RecordFormat } from '../../dump/format/record-format.js';
import { readPage } from '../../dump/reading/read-page.js';
import type { ReadableDump } from '../../dump/reading/readable-dump.js';
import { createRecordJson } from '../../dump/reading/record-json.js';
import type { RecordQuery } from '../../dump/reading/record-query.js';
import type { FeedFilter } from './feed-channel.js';
import type { Follower } from './follower.js';

const KiB = 1024;
/** Of one page: small, as so much may wait in memory for each connection that reads slowly. */
const PAGE_LIMITS = { records: 1000, lookedAt: 8 * KiB * KiB, characters: 128 * KiB };
/** Pages that are read at once, for all who lag together. */
const READING_AT_ONCE = 2;
const SAY_POSITION_AFTER_MS = 5000;

/** What of the past is wanted. */
export interface PastFilter {
  readonly filter: FeedFilter;
  /** Only what is later than this: milliseconds since 1970. */
  readonly afterAt?: number;
}

/** The feed's past: what the memory does not have any more is read from the dump. */
export class Backlog {
  readonly #dump: ReadableDump;
  readonly #format: RecordFormat;
  readonly #lastSeq: () => number;
  readonly #inTurn = pLimit(READING_AT_ONCE);

  /** @param lastSeq - answers the number of the last record that is durable */
  constructor(dump: ReadableDump, format: RecordFormat, lastSeq: () => number) {
    [this.#dump, this.#format, this.#lastSeq] = [dump, format, lastSeq];
  }

  /**
   * Sends a follower the next page of what it lacks, and moves its place behind it.
   *
   * @param greet - called with the place that it begins at, before anything is sent
   * @throws Node's error where the dump cannot be read
   */
  send(follower: Follower, past: PastFilter, greet?: (seq: number) => void): Promise<void> {
    return this.#inTurn(async () => {
      if (!follower.isOver) await this.#sendPage(follower, past, greet);
    });
  }

  async #sendPage(follower: Follower, past: PastFilter, greet?: (seq: number) => void): Promise<void> {
    const { channel } = follower;
    const before = this.#lastSeq() + 1;
    const lost = past.afterAt === undefined ? await this.#firstBehindGap(follower.seq, before) : undefined;
    const query = queryOf(past, Math.max(follower.seq, (lost ?? 0) - 1), before);
    const { found, next } = await readPage(this.#dump, this.#format, query, PAGE_LIMITS);
    const seq = next ?? before - 1;
    greet?.(past.afterAt === undefined ? follower.seq : (found[0]?.record.seq ?? seq + 1) - 1);
    if (lost !== undefined) follower.write(channel.event({ type: 'gap', after: follower.seq, before: lost }));
    const jsonOf = createRecordJson(this.#format);
    follower.write(channel.records(found.map((each) => ({ seq: each.record.seq, json: jsonOf(each) }))));
    follower.seq = Math.max(follower.seq, seq);
    if (follower.silentForMs > SAY_POSITION_AFTER_MS)
      follower.write(channel.event({ type: 'position', seq: follower.seq }));
  }

  // The number of the first record there is, where others between it and a place are gone.
  async #firstBehindGap(seq: number, before: number): Promise<number | undefined> {
    const [oldest] = await this.#dump.segments();
    const first = oldest?.first ?? before;
    return first > seq + 1 ? first : undefined;
  }
}

function queryOf({ filter, afterAt }: PastFilter, afterSeq: number, beforeSeq: number): RecordQuery {
  const { user, topic, contains } = filter;
  return {
    ...{ order: 'oldest', afterSeq, beforeSeq },
    ...(afterAt === undefined ? {} : { afterAt }),
    ...(user === undefined ? {} : { user }),
    ...(topic === undefined ? {} : { topic }),
    ...(contains === undefined ? {} : { contains }),
  };
}
