import pLimit from 'p-limit';
import type { RecordFormat } from '../../dump/format/record-format.js';
import { readPage } from '../../dump/reading/read-page.js';
import type { ReadableDump } from '../../dump/reading/readable-dump.js';
import { createRecordJson, type RecordJson } from '../../dump/reading/record-json.js';
import { Turns } from '../../net/turns.js';
import type { FeedFilter } from './feed-channel.js';
import type { Follower } from './follower.js';

const KiB = 1024;
/** Of one page: small, as so much may wait in memory for each connection that reads slowly. */
const PAGE_LIMITS = { records: 1000, lookedAt: 8 * KiB * KiB, characters: 128 * KiB, endsAtHoles: true };
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
  readonly #jsonOf: RecordJson;
  readonly #lastSeq: () => number;
  readonly #inTurn = pLimit(READING_AT_ONCE);
  readonly #ofUser = new Turns(1);

  /** @param lastSeq - answers the number of the last record that is durable */
  constructor(dump: ReadableDump, format: RecordFormat, lastSeq: () => number) {
    [this.#dump, this.#format, this.#lastSeq] = [dump, format, lastSeq];
    this.#jsonOf = createRecordJson(format);
  }

  /**
   * Sends a follower the next page of what it lacks, and moves its place behind it.
   *
   * @param greet - called with the place that it begins at, before anything is sent
   * @throws Node's error where the dump cannot be read
   */
  send(follower: Follower, past: PastFilter, greet?: (seq: number) => void): Promise<void> {
    // One page of a user waits with those of others, and not a hundred.
    return this.#ofUser.take(follower.connection.user, () =>
      this.#inTurn(async () => {
        if (!follower.isOver) await this.#sendPage(follower, past, greet);
      }),
    );
  }

  async #sendPage(follower: Follower, past: PastFilter, greet?: (seq: number) => void): Promise<void> {
    const { channel, seq: after } = follower;
    const before = this.#lastSeq() + 1;
    const { filter, afterAt } = past;
    const { user, topic, contains } = filter;
    const query = {
      order: 'oldest',
      afterSeq: after,
      beforeSeq: before,
      afterAt,
      user,
      topic,
      contains,
    } as const;
    const { found, next, behindHole } = await readPage(this.#dump, this.#format, query, PAGE_LIMITS);
    const seq = next ?? before - 1;
    greet?.(afterAt === undefined ? after : (found[0]?.record.seq ?? seq + 1) - 1);
    if (behindHole !== undefined) follower.write(channel.event({ type: 'gap', after, before: behindHole }));
    follower.write(
      channel.records(found.map((each) => ({ seq: each.record.seq, json: this.#jsonOf(each) }))),
    );
    follower.seq = Math.max(after, seq);
    if (follower.silentForMs > SAY_POSITION_AFTER_MS)
      follower.write(channel.event({ type: 'position', seq: follower.seq }));
  }
}
