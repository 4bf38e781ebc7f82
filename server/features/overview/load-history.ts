import { OVERVIEW_RANGES, OVERVIEW_STEPS, type OverviewRange } from '../../../protocol/overview.js';
import type { StoredMessages } from '../../dump/message-log.js';
import { LoadRing, type LoadView } from './load-ring.js';
import { SecondTally } from './second-tally.js';
import { TopicNames } from './topic-names.js';

/** How far the clock may go back, as clocks that are kept right do, before what was counted is of times to come. In seconds. */
const STANDS_STILL = 5;

/**
 * What this process has stored, step by step, in every range: messages and their bytes, in total, by user and by topic, and commits.
 *
 * Memory is constant, {@link LoadHistory.byteLength} and the names: in each second and each range so many users and topics are told
 * apart (`SpaceSaving`), all others count in the totals only. A batch is counted in the tally of the second that is under way;
 * the ranges are told of whole seconds. Steps are those of the wall clock: of a complete one nothing changes any more.
 */
export class LoadHistory {
  readonly #clock: () => Date;
  readonly #tally = new SecondTally();
  readonly #topics = new TopicNames();
  readonly #rings: Readonly<Record<OverviewRange, LoadRing>>;
  #second: number;

  constructor(clock: () => Date) {
    this.#clock = clock;
    this.#second = secondOf(clock());
    const ringOf = (range: OverviewRange) =>
      new LoadRing(OVERVIEW_RANGES[range], OVERVIEW_STEPS[range], this.#second);
    this.#rings = { '10m': ringOf('10m'), '2h': ringOf('2h'), '24h': ringOf('24h') };
  }

  /** How much memory the ranges take, in bytes, beside the names. */
  get byteLength(): number {
    return Object.values(this.#rings).reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** Messages have been stored. */
  readonly onMessages = ({ user, messages, duplicates, count, bytes }: StoredMessages): void => {
    if (count === 0) return;
    this.#advance();
    const tally = this.#tally;
    tally.messages += count;
    tally.bytes += bytes;
    tally.users.add(user, count, bytes);
    this.#topics.tally(messages, duplicates, tally.topics);
  };

  /** A commit is durable. */
  readonly onCommit = ({ ms }: { readonly ms: number }): void => {
    this.#advance();
    const tally = this.#tally;
    tally.commits += 1;
    tally.commitMs += ms;
    tally.longestCommitMs = Math.max(tally.longestCommitMs, ms);
  };

  /** The complete steps of a range. */
  view(range: OverviewRange): LoadView {
    this.#advance();
    return this.#rings[range].view;
  }

  // Where a new second has begun, tells the ranges of the one before.
  #advance(): void {
    const now = secondOf(this.#clock());
    if (now <= this.#second && now >= this.#second - STANDS_STILL) return;
    for (const ring of Object.values(this.#rings)) {
      if (!this.#tally.isEmpty) ring.add(this.#tally);
      ring.moveTo(now);
    }
    if (!this.#tally.isEmpty) this.#tally.clear();
    this.#second = now;
  }
}

function secondOf(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}
