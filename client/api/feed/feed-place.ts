import type { FeedEvent } from '../../../protocol/feed.js';
import type { FollowedEvent } from './feed-follower.js';

/** How far the feed was seen: by it nothing is shown twice, and a new connection goes on where the last one broke. */
export class FeedPlace {
  #last: number | undefined;

  /** What a new connection asks to come behind; undefined before the first `hello`. */
  get after(): string | undefined {
    return this.#last === undefined ? undefined : String(this.#last);
  }

  /** Takes an event, in the order of the feed, and answers what of it is to be shown. */
  pass(event: FeedEvent): readonly FollowedEvent[] {
    switch (event.type) {
      case 'hello':
        return this.#begin(event);
      case 'position':
        this.#moveTo(event.seq);
        return [];
      case 'gap':
        this.#moveTo(event.before - 1);
        return [event];
      case 'record':
        return this.#moveTo(event.record.seq) ? [event] : [];
      default:
        return [event];
    }
  }

  #begin(hello: Extract<FeedEvent, { type: 'hello' }>): readonly FollowedEvent[] {
    const isRewound = this.#last !== undefined && hello.seq < this.#last;
    if (isRewound || this.#last === undefined) this.#last = hello.seq;
    return isRewound ? [hello, { type: 'rewound', seq: hello.seq }] : [hello];
  }

  // Answers whether that is ahead.
  #moveTo(seq: number): boolean {
    const isAhead = seq > (this.#last ?? 0);
    if (isAhead) this.#last = seq;
    return isAhead;
  }
}
