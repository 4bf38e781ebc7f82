import type { Connection } from '../../../protocol/feed.js';
import type { AppError } from '../../errors/app-error.js';
import type { Logger } from '../../observability/logger.js';
import { CUT_AFTER_MS, CUT_SLOW_AFTER_MS } from './feed-limits.js';

/** A connection that is to be closed by its peer. */
export interface Closing {
  once(event: 'close', listener: () => void): unknown;
}

/** What the ends of connections have in common that the server ends: they are logged, and cut off where nobody reads why. */
export class FeedEnds {
  readonly #logger: Logger;
  readonly #cutsOfSlow = new Set<() => void>();

  /** @param signal - aborted when gatherd has to end: then the slow ones have had their time */
  constructor(logger: Logger, signal?: AbortSignal) {
    this.#logger = logger;
    signal?.addEventListener('abort', () => {
      for (const cut of this.#cutsOfSlow) cut();
    });
  }

  /** Takes note of an end. */
  note({ id, user, endpoint, door }: Connection, { code }: AppError): void {
    this.#logger.info({ door, connection: id, user, endpoint, code }, 'A connection to the feed was ended.');
  }

  /** Cuts a connection off, unless it closes in time. */
  cutLater(closing: Closing, cut: () => void, reason?: AppError): void {
    const isSlow = reason?.code === 'feed.too_slow';
    const timer = setTimeout(cut, isSlow ? CUT_SLOW_AFTER_MS : CUT_AFTER_MS);
    if (isSlow) this.#cutsOfSlow.add(cut);
    closing.once('close', () => {
      clearTimeout(timer);
      this.#cutsOfSlow.delete(cut);
    });
  }
}
