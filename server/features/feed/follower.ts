import type { Connection } from '../../../protocol/feed.js';
import type { AppError } from '../../errors/app-error.js';
import type { FeedChannel, Listener } from './feed-channel.js';
import type { FeedSink } from './feed-service.js';

/** What somebody who follows the feed begins with. */
export interface FollowerStart {
  readonly connection: Connection;
  readonly channel: FeedChannel;
  readonly sink: FeedSink;
  /** What came through this connection has this for its origin. */
  readonly origin: object;
  readonly hearsItself: boolean;
  readonly canResume: boolean;
  /** The number of the last record that is not wanted any more. */
  readonly seq: number;
  /** Called when it has ended, whatever the reason. */
  readonly onOver: () => void;
}

/** One connection's place in the feed, and whether there is room for more. */
export class Follower implements Listener {
  readonly connection: Connection;
  readonly channel: FeedChannel;
  readonly hearsItself: boolean;
  readonly canResume: boolean;
  readonly origin: object;
  /** All records up to this one have been looked at. */
  seq: number;
  /** The index of the next entry in the ring; undefined while it is read for out of the dump. */
  index: number | undefined;
  /** The index of the first entry of which it has not been told what passed by, while it has none. */
  heard = 0;
  readonly #sink: FeedSink;
  readonly #now: () => number;
  readonly #onOver: () => void;
  #fullSince: number | undefined;
  #wroteAt: number;
  #isOver = false;
  #tell: () => void = () => undefined;

  /** @param now - a clock in milliseconds that never goes back */
  constructor(start: FollowerStart, now: () => number) {
    const { connection, channel, sink, origin, hearsItself, canResume, seq } = start;
    [this.connection, this.channel, this.#sink, this.seq, this.#now] = [connection, channel, sink, seq, now];
    [this.origin, this.hearsItself, this.canResume] = [origin, hearsItself, canResume];
    this.#onOver = start.onOver;
    this.#wroteAt = now();
  }

  /** Whether it has ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether the sink takes more. */
  get hasRoom(): boolean {
    return !this.#isOver && this.#fullSince === undefined;
  }

  /** How long the sink has taken nothing, in milliseconds; 0 while it has room. */
  get fullForMs(): number {
    return this.#fullSince === undefined ? 0 : this.#now() - this.#fullSince;
  }

  /** How long nothing has been written, in milliseconds. */
  get silentForMs(): number {
    return this.#now() - this.#wroteAt;
  }

  /** Writes, whether there is room or not. */
  write(bytes: Uint8Array): void {
    if (this.#isOver || bytes.length === 0) return;
    this.#wroteAt = this.#now();
    if (!this.#sink.write(bytes)) this.#fullSince ??= this.#wroteAt;
  }

  /** The sink has room again. */
  resume(): void {
    this.#fullSince = undefined;
    this.#tell();
  }

  /** Resolves when there is room, or it is over. */
  async room(): Promise<void> {
    if (this.hasRoom || this.#isOver) return;
    await new Promise<void>((resolve) => {
      this.#tell = resolve;
    });
  }

  /** Ends it, if it has not ended. @param reason - told to the sink; none where the peer is gone */
  end(reason?: AppError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#tell();
    this.#onOver();
    if (reason !== undefined) this.#sink.end(reason);
  }
}
