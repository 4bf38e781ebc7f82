import type { FeedEvent } from '../../../protocol/feed.js';
import type { JsonValue } from '../../../protocol/json-value.js';
import type { FeedConnection } from './feed-api.js';
import { GatherError } from '../gather-error.js';
import { canTryAgain } from '../requests/request-failure.js';
import { delayBeforeRetry, type RetryPolicy } from '../retry-policy.js';
import { isTokenRefused } from '../token-refused.js';
import { FeedPlace } from './feed-place.js';
import { Gate } from './gate.js';
import { pause } from '../pause.js';

/** What whoever follows the feed is told: what comes over it, and how the connection is. */
export type FollowedEvent =
  | Exclude<FeedEvent, { type: 'position' }>
  /** The connection is gone, or none came about; it is tried again. */
  | { readonly type: 'lost'; readonly error: GatherError }
  /** The server has fewer records than were seen: it is another dump, whose last record is `seq`. */
  | { readonly type: 'rewound'; readonly seq: number };

export interface FeedFollowerOptions {
  /**
   * Connects once. `after` is the number of the last record that was seen; undefined where there was no connection
   * yet. Rejects with a GatherError or a CliError.
   */
  readonly connect: (after: string | undefined) => Promise<FeedConnection>;
  /** How far the feed was seen already, where another one has followed it before; this one moves it on. */
  readonly place?: FeedPlace;
  readonly retry: RetryPolicy;
  /** Ends the following. */
  readonly stop: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A number from 0 up to 1. */
  readonly random: () => number;
}

// A token that was good for so long has expired, or its session has ended.
const TOKEN_OF_USE_MS = 1_000;

/**
 * Follows the feed through broken connections and restarts of the server: each record comes once, in order. It connects
 * again by itself, from the last record that it has seen, until a refusal that time does not mend.
 */
export class FeedFollower {
  readonly #options: FeedFollowerOptions;
  readonly #place: FeedPlace;
  readonly #gate = new Gate();
  #connection: FeedConnection | undefined;
  #tries = 0;
  #failingSince = 0;
  #wasOfUse = false;
  #connectedAt = Number.POSITIVE_INFINITY;

  constructor(options: FeedFollowerOptions) {
    this.#options = options;
    this.#place = options.place ?? new FeedPlace();
  }

  /** What comes, in batches that are not empty. Ends when it is stopped; rejects with a refusal that time does not mend. */
  async *follow(): AsyncGenerator<readonly FollowedEvent[], void, undefined> {
    const { stop } = this.#options;
    try {
      for (;;) {
        const failure = yield* this.#untilBroken();
        if (failure === undefined) return;
        if (this.#isTokenUsedUp(failure)) continue;
        const delayMs = this.#delayAfter(failure);
        yield [{ type: 'lost', error: failure }];
        await pause(delayMs, stop);
      }
    } catch (error) {
      this.#gate.fail(error);
      throw error;
    } finally {
      this.#gate.fail(notConnected());
    }
  }

  /** Resolves as soon as there is a connection; rejects where there will be none any more. */
  ready(): Promise<void> {
    return this.#gate.pass();
  }

  /**
   * Sends a message over the connection that there is, once.
   *
   * @returns where it stands in the dump; null where it is not recorded
   * @throws GatherError, whose `canRetry` says whether it certainly was not taken and may be sent again
   */
  async send(message: JsonValue, topic: string): Promise<number | null> {
    const connection = this.#connection;
    if (connection === undefined) throw notConnected();
    return connection.send(message, { topic });
  }

  // Answers why it broke; undefined where it was stopped. Rejects where the next try would meet the same.
  async *#untilBroken(): AsyncGenerator<readonly FollowedEvent[], GatherError | undefined, undefined> {
    const { connect, stop } = this.#options;
    if (this.#isStopped()) return undefined;
    this.#wasOfUse = false;
    this.#connectedAt = Number.POSITIVE_INFINITY;
    let connection: FeedConnection;
    try {
      connection = await connect(this.#place.after);
    } catch (error) {
      if (this.#isStopped()) return undefined;
      return passing(error, false);
    }
    const onStop = (): void => {
      connection[Symbol.dispose]();
    };
    stop.addEventListener('abort', onStop, { once: true });
    if (this.#isStopped()) onStop();
    try {
      return yield* this.#eventsOf(connection);
    } finally {
      stop.removeEventListener('abort', onStop);
      this.#gate.shut();
      this.#connection = undefined;
      connection[Symbol.dispose]();
    }
  }

  async *#eventsOf(
    connection: FeedConnection,
  ): AsyncGenerator<readonly FollowedEvent[], GatherError | undefined, undefined> {
    for (;;) {
      const events = await connection.next().catch((error: unknown) => passing(error, true));
      if (events === undefined || events instanceof GatherError) return events;
      const wanted = events.flatMap((event) => this.#place.pass(event));
      if (events.some(({ type }) => type === 'hello')) {
        this.#connection = connection;
        this.#connectedAt = this.#options.now();
        this.#gate.open();
      }
      // Whoever says hello and nothing more is not tried at once again and again.
      if (events.some(({ type }) => type !== 'hello')) {
        this.#tries = 0;
        this.#wasOfUse = true;
      }
      if (wanted.length > 0) yield wanted;
    }
  }

  #isStopped(): boolean {
    return this.#options.stop.aborted;
  }

  // That is no loss: the next try gets another token, or is refused where there is none to be had. Not so where a token is good
  // for nothing but a hello, again and again.
  #isTokenUsedUp(failure: GatherError): boolean {
    const lastedMs = this.#options.now() - this.#connectedAt;
    return isTokenRefused(failure) && (this.#wasOfUse || lastedMs >= TOKEN_OF_USE_MS);
  }

  #delayAfter(error: GatherError): number {
    const { retry, now, random } = this.#options;
    if (this.#tries === 0) this.#failingSince = now();
    this.#tries += 1;
    const delayMs = delayBeforeRetry(retry, {
      tries: this.#tries,
      elapsedMs: now() - this.#failingSince,
      retryAfterSeconds: error.retryAfterSeconds,
      random: random(),
    });
    if (delayMs === undefined) throw error;
    return delayMs;
  }
}

// A failure that the next try may not meet. A token that is refused on the way is one: the next try gets another.
function passing(error: unknown, wasConnected: boolean): GatherError {
  const isPassing =
    error instanceof GatherError &&
    (canTryAgain(error, { isRepeatable: true }) || (wasConnected && isTokenRefused(error)));
  if (isPassing) return error;
  throw error;
}

function notConnected(): GatherError {
  return new GatherError('unreachable', 'There is no connection to the feed: nothing was sent', {
    canRetry: true,
  });
}
