import type { StoredMessagesPage } from '../../../../protocol/stored-messages.js';
import type { FollowedEvent } from '../../../api/feed/feed-follower.js';
import type { QueryFilter } from '../../../api/query-page.js';
import { Store } from '../../server/store.js';
import { LiveTail } from './live-tail.js';
import {
  type MessageWindow,
  reachedSeq,
  trimmed,
  windowBehind,
  withNewerPage,
  withOlderPage,
  withRowsBehind,
} from './message-window.js';
import { gapRow, recordRow, type Row } from './row.js';

/** Where somebody wants to look: at a record or the next one behind it, or at a time (milliseconds since 1970). */
export type Place = { readonly seq: number } | { readonly time: number };

/** What is told live. */
export type LiveEvent =
  Exclude<FollowedEvent, { type: 'hello' }> | { readonly type: 'hello'; readonly seq: number };

/** How the newest messages are looked at: `scrolled` goes on by itself at the bottom, `paused` does not. */
export type ViewMode = 'following' | 'scrolled' | 'paused';

/** How a reading fares. */
export interface Reading {
  readonly isUnderWay: boolean;
  /** Undefined where nothing is wrong; else nothing is read there until {@link MessageView.retry}. */
  readonly error: unknown;
}

/** What is shown. */
export interface ViewState {
  readonly window: MessageWindow;
  /** Another number is another list, which has nothing to do with the one before. */
  readonly epoch: number;
  readonly mode: ViewMode;
  /** How many messages have come that are not in the list. */
  readonly missed: number;
  /** Whether there is nothing between the list and what comes live. */
  readonly isAtNewest: boolean;
  /** Whether it is known where the live messages begin. */
  readonly isReady: boolean;
  readonly older: Reading;
  readonly newer: Reading;
  readonly jump: Reading;
  /** The record to look at first in this list. */
  readonly target: number | undefined;
  /** `rewound`: the server has another dump now. `nothing-later`: there is nothing at or behind the place that was asked for. */
  readonly notice: 'rewound' | 'nothing-later' | undefined;
}

export interface MessageViewOptions {
  /** Asks for a page of those that fit the filter; undefined for whoever sees nothing but what comes live. */
  readonly ask: ((part: QueryFilter) => Promise<StoredMessagesPage>) | undefined;
  /** Has a function called soon, before the next picture: often a call, seldom a picture. */
  readonly schedule: (publish: () => void) => void;
  /** The most rows that are held, of the window and of what waits for it each; several pages, so that none of them throws out what is in sight. */
  readonly maxRows: number;
  /** How many messages are asked for at once. */
  readonly pageSize: number;
  /** Where to begin; undefined for the newest. */
  readonly start?: Place | undefined;
}

const IDLE: Reading = { isUnderWay: false, error: undefined };
const UNDER_WAY: Reading = { isUnderWay: true, error: undefined };

/**
 * The messages that fit a filter, of which a window is held: it moves back through all that are stored, and forth until it joins what
 * comes live. Between the two nothing is missing and nothing comes twice.
 */
export class MessageView {
  readonly state: Store<ViewState>;
  readonly #options: MessageViewOptions;
  #window = windowBehind(0);
  #tail: LiveTail | undefined;
  #epoch = 0;
  #mode: ViewMode = 'following';
  #older = IDLE;
  #newer = IDLE;
  #jump = IDLE;
  #target: number | undefined;
  #notice: ViewState['notice'];
  #wanted: Place | undefined;
  #isScheduled = false;

  constructor(options: MessageViewOptions) {
    this.#options = options;
    this.#wanted = options.start;
    this.state = new Store(this.#snapshot());
  }

  /** Takes what comes live: from the first `hello` on all that fits, in order. */
  readonly onLive = (events: readonly LiveEvent[]): void => {
    const rows: Row[] = [];
    for (const event of events) {
      if (event.type === 'record') rows.push(recordRow(event.record));
      else if (event.type === 'hello') this.#hello(event.seq);
      else if (event.type === 'gap' && event.after < event.before) rows.push(gapRow(event));
      else if (event.type === 'gap' || event.type === 'rewound') {
        rows.length = 0;
        this.#rewind(event.type === 'gap' ? event.before - 1 : event.seq);
      }
    }
    this.#tail?.add(rows);
    this.#publishSoon();
  };

  /** The last record that has come live, or from which on it does; undefined before the first `hello`. */
  readonly lastSeen = (): number | undefined => this.#tail?.reached;

  /** Shows what comes from now on, and first what has come meanwhile. */
  readonly follow = (): void => {
    this.#mode = 'following';
    this.#wanted = undefined;
    this.#target = undefined;
    this.#notice = undefined;
    this.#jump = IDLE;
    this.#publishSoon();
  };

  /** Keeps the list as it is; what comes is counted. */
  readonly pause = (): void => {
    this.#leaveNewest('paused');
  };

  /** As {@link pause}, until the bottom is reached again. */
  readonly scrollAway = (): void => {
    if (this.#mode === 'following') this.#leaveNewest('scrolled');
  };

  /** The bottom of the list is in sight: goes on with what comes, where there is nothing in between. */
  readonly scrollToBottom = (): void => {
    if (this.#mode === 'scrolled' && this.#isAtNewest()) this.follow();
  };

  /** Looks elsewhere. Resolves when it is known where; what goes wrong is told in the state. */
  readonly jumpTo = async (place: Place): Promise<void> => {
    if (this.#options.ask === undefined) return;
    this.#wanted = place;
    this.#notice = undefined;
    if (this.#tail === undefined) return;
    this.#jump = UNDER_WAY;
    this.#publishSoon();
    try {
      const seq = 'seq' in place ? place.seq : await this.#firstSince(place.time);
      if (this.#wanted !== place) return;
      this.#jump = IDLE;
      this.#lookAt(seq);
    } catch (error) {
      if (this.#wanted === place) this.#jump = { isUnderWay: false, error };
    }
    this.#publishSoon();
  };

  /** Reads a page further back. Resolves when it is there; does nothing where one is on its way, or failed. */
  readonly loadOlder = async (): Promise<void> => {
    const edge = this.#window.older;
    if (this.#tail === undefined || edge === undefined || isBlocked(this.#older)) return;
    if (this.#options.ask === undefined) {
      this.#window = { ...this.#window, older: undefined };
      this.#publishSoon();
      return;
    }
    this.#older = UNDER_WAY;
    this.#publishSoon();
    const { before, cursor } = edge;
    const epoch = this.#epoch;
    const reading = await this.#read({ before: String(before), cursor, order: 'newest' }, (page) => {
      const grown = withOlderPage(this.#window, edge, page);
      this.#window = trimmed(grown, this.#mode === 'following' ? 'newer' : 'older', this.#options.maxRows);
    });
    // Of a list that is no more, it matters to nobody.
    if (epoch === this.#epoch) this.#older = reading;
    this.#publishSoon();
  };

  /** Reads a page further forth, as far as what has come live; as {@link loadOlder}. */
  readonly loadNewer = async (): Promise<void> => {
    const edge = this.#window.newer;
    if (this.#tail === undefined || this.#mode === 'following' || isBlocked(this.#newer)) return;
    if (this.#isAtNewest()) return;
    const before = edge.before ?? this.#tail.after + 1;
    if (this.#options.ask === undefined) {
      this.#window = withRowsBehind(this.#window, [gapRow({ after: edge.after, before })], before - 1);
      this.#publishSoon();
      return;
    }
    this.#newer = UNDER_WAY;
    this.#publishSoon();
    const part = { after: String(edge.after), before: String(before), cursor: edge.cursor } as const;
    const epoch = this.#epoch;
    const reading = await this.#read({ ...part, order: 'oldest' }, (page) => {
      const grown = withNewerPage(this.#window, edge, before, page);
      this.#window = trimmed(grown, 'newer', this.#options.maxRows);
      this.#endWithoutTarget();
    });
    if (epoch === this.#epoch) this.#newer = reading;
    this.#publishSoon();
  };

  /** Reads again where it failed. */
  readonly retry = (): void => {
    if (this.#older.error !== undefined) this.#older = IDLE;
    if (this.#newer.error !== undefined) this.#newer = IDLE;
    if (this.#jump.error !== undefined && this.#wanted !== undefined) void this.jumpTo(this.#wanted);
    this.#publishSoon();
  };

  #hello(seq: number): void {
    if (this.#tail !== undefined) return;
    this.#tail = new LiveTail(seq, this.#options.maxRows);
    this.#window = windowBehind(seq);
    if (this.#wanted !== undefined) void this.jumpTo(this.#wanted);
  }

  #rewind(seq: number): void {
    this.#tail = new LiveTail(seq, this.#options.maxRows);
    this.#replace(windowBehind(seq));
    this.follow();
    this.#notice = 'rewound';
  }

  #leaveNewest(mode: ViewMode): void {
    if (this.#mode === 'following') this.#join();
    this.#mode = mode;
    this.#publishSoon();
  }

  #lookAt(seq: number | undefined): void {
    const tail = this.#tail;
    if (tail === undefined) return;
    if (seq === undefined || seq > tail.reached) {
      this.#followForLack();
      return;
    }
    this.#mode = 'scrolled';
    this.#target = seq;
    // Everything behind the tail's beginning is in the tail alone.
    this.#replace(windowBehind(Math.min(seq - 1, tail.after)));
    if (seq > tail.after) this.#join();
    this.#endWithoutTarget();
  }

  // All that is behind the place has been read, and nothing of it fits.
  #endWithoutTarget(): void {
    const target = this.#target;
    if (target === undefined || !this.#isAtNewest() || this.#reaches(target)) return;
    this.#join();
    if (!this.#reaches(target)) this.#followForLack();
  }

  #reaches(seq: number): boolean {
    return (this.#window.rows.at(-1)?.place ?? 0) >= seq;
  }

  #followForLack(): void {
    this.follow();
    this.#notice = 'nothing-later';
  }

  #replace(window: MessageWindow): void {
    this.#window = window;
    this.#epoch += 1;
    // What is under way belongs to edges that are no more.
    [this.#older, this.#newer] = [IDLE, IDLE];
  }

  // Moves what has come into the window, or the window to what has come, where it is too far behind.
  #join(): void {
    const tail = this.#tail;
    if (tail === undefined) return;
    if (reachedSeq(this.#window) !== tail.after) this.#replace(windowBehind(tail.after));
    const joined = withRowsBehind(this.#window, tail.take(), tail.reached);
    this.#window = trimmed(joined, 'newer', this.#options.maxRows);
  }

  #isAtNewest(): boolean {
    return this.#tail !== undefined && reachedSeq(this.#window) === this.#tail.after;
  }

  // The number of the first message since a time; undefined where there is none.
  async #firstSince(time: number): Promise<number | undefined> {
    const after = new Date(time - 1).toISOString();
    let cursor: string | undefined;
    for (;;) {
      const page = await this.#options.ask?.({ after, order: 'oldest', limit: 1, cursor });
      const first = page?.messages[0];
      if (first !== undefined || page?.next == null) return first?.seq;
      cursor = page.next;
    }
  }

  async #read(part: QueryFilter, take: (page: StoredMessagesPage) => void): Promise<Reading> {
    try {
      const page = await this.#options.ask?.({ ...part, limit: this.#options.pageSize });
      if (page !== undefined) take(page);
      return IDLE;
    } catch (error) {
      return { isUnderWay: false, error };
    }
  }

  #publishSoon(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#options.schedule(() => {
      this.#isScheduled = false;
      if (this.#mode === 'following') this.#join();
      this.state.set(this.#snapshot());
    });
  }

  #snapshot(): ViewState {
    return {
      window: this.#window,
      epoch: this.#epoch,
      mode: this.#mode,
      missed: this.#tail?.count ?? 0,
      isAtNewest: this.#isAtNewest(),
      isReady: this.#tail !== undefined,
      older: this.#older,
      newer: this.#newer,
      jump: this.#jump,
      target: this.#target,
      notice: this.#notice,
    };
  }
}

function isBlocked({ isUnderWay, error }: Reading): boolean {
  return isUnderWay || error !== undefined;
}
