import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { DurableRecords } from '../../dump/durable-records.js';
import type { RecordFormat } from '../../dump/format/record-format.js';
import type { ReadableDump } from '../../dump/reading/readable-dump.js';
import { AppError } from '../../errors/app-error.js';
import type { Logger } from '../../observability/logger.js';
import { Backlog, type PastFilter } from './backlog.js';
import { entriesOf } from './feed-entry.js';
import { FeedRing } from './feed-ring.js';
import type { PassingEvent } from './feed-wire.js';
import { FlushPace } from './flush-pace.js';
import type { Follower } from './follower.js';
import { linesAsJson } from './lines-as-json.js';

const ENTRY_BYTES = 64 * 1024;
/** After so much work others have their turn. */
const SLICE_MS = 4;
const TICK_MS = 1000;
const HEARTBEAT_MS = 15_000;
/** What an event takes in memory beside its text. */
const EVENT_WEIGHT = 512;

/** What the feed works with. Times in milliseconds, sizes in bytes. */
export interface FeedDeps {
  readonly dump: ReadableDump;
  readonly format: RecordFormat;
  /** How much of the feed is kept in memory. */
  readonly bufferBytes: number;
  /** How long a connection may take nothing. */
  readonly stallMs: number;
  /** A clock that never goes back. */
  readonly now: () => number;
  readonly logger: Logger;
}

/**
 * The feed itself: one ring of what came last, and everybody's place in it.
 *
 * Invariants: a follower has been sent, in order, all that it wants up to its `seq`, and nothing behind it. It is live (it has an
 * index) only while every entry from there on is in the ring; else the dump is read for it, up to where the ring goes on. Entries are
 * added in the order of the dump, once they are durable. While nobody follows, nothing is kept.
 */
export class Feed implements Disposable {
  readonly #deps: FeedDeps;
  readonly #ring: FeedRing;
  readonly #pace: FlushPace;
  readonly #backlog: Backlog;
  readonly #followers = new Set<Follower>();
  readonly #timer: NodeJS.Timeout;
  /** How many want to know who joins and leaves. */
  #watchers = 0;
  /** All entries before this index have been sent to everybody who had room. */
  #sentUpTo = 0;
  #lastSeq = 0;
  #isFlushWanted = false;
  #isFlushing = false;
  #isTicking = false;

  constructor(deps: FeedDeps) {
    this.#deps = deps;
    this.#ring = new FeedRing(deps.bufferBytes, (index) => {
      this.#sendBeforeGone(index);
    });
    this.#pace = new FlushPace(deps.now);
    this.#backlog = new Backlog(deps.dump, deps.format, () => this.#lastSeq);
    this.#timer = setInterval(() => void this.#tick(), TICK_MS).unref();
  }

  /** The number of the last record that is durable. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** How much memory the ring takes, in bytes. */
  get bytes(): number {
    return this.#ring.bytes;
  }

  /** Says which record was the last one before any that is published. */
  begin(lastSeq: number): void {
    this.#lastSeq = Math.max(this.#lastSeq, lastSeq);
  }

  /** Takes the records of a commit: each commit once, in order, when it is durable. */
  readonly publish = ({ first, last, lines, origins }: DurableRecords): void => {
    this.#lastSeq = last;
    if (this.#followers.size === 0) return;
    const json = linesAsJson(this.#deps.format, lines);
    for (const entry of entriesOf(json, first, origins, ENTRY_BYTES)) this.#ring.add(entry);
    this.#flushSoon();
  };

  /** Takes what passes by. @param origin - the follower that it came through, or that it is about */
  announce(event: PassingEvent, origin?: object): void {
    const isForFew = event.type === 'join' || event.type === 'leave';
    const listeners = isForFew ? this.#watchers : this.#followers.size;
    if (listeners === 0) return;
    const weight = EVENT_WEIGHT + JSON.stringify(event).length * 2;
    this.#ring.add({ event, origin, last: this.#lastSeq, weight });
    this.#flushSoon();
  }

  /**
   * Begins to send to a follower, not before the caller has gone on.
   *
   * @param past - what is wanted of what is behind its place; undefined where only what comes is
   */
  follow(follower: Follower, past?: PastFilter): void {
    this.#followers.add(follower);
    if (follower.channel.filter.presence) this.#watchers += 1;
    follower.heard = this.#ring.end;
    if (past === undefined) follower.index = this.#ring.end;
    queueMicrotask(() => {
      this.#begin(follower, past);
    });
  }

  /** Goes on with a follower whose sink has room again. */
  resume(follower: Follower): void {
    follower.resume();
    if (follower.index !== undefined) this.#flushSoon();
  }

  /** Forgets a follower. */
  leave(follower: Follower): void {
    if (this.#followers.delete(follower) && follower.channel.filter.presence) this.#watchers -= 1;
    if (this.#followers.size === 0) this.#ring.clear();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #begin(follower: Follower, past: PastFilter | undefined): void {
    const { seq: asked, channel } = follower;
    follower.seq = Math.min(asked, this.#lastSeq);
    // A time says nothing of a place: the first page finds it.
    const index = past?.afterAt === undefined ? (follower.index ?? this.#indexFor(follower)) : undefined;
    if (past !== undefined && index === undefined) {
      void this.#catchUp(follower, past, (seq) => {
        this.#greet(follower, seq);
      });
      return;
    }
    this.#greet(follower, follower.seq);
    // The numbers have begun anew since it was here.
    if (asked > follower.seq)
      follower.write(channel.event({ type: 'gap', after: asked, before: follower.seq + 1 }));
    if (index !== undefined) this.#goLive(follower, index);
  }

  #greet(follower: Follower, seq: number): void {
    const { channel, connection } = follower;
    follower.write(channel.event({ type: 'hello', seq, connection }));
  }

  // Reads the dump for a follower until the ring has all that is left for it.
  async #catchUp(follower: Follower, past: PastFilter, greet?: (seq: number) => void): Promise<void> {
    let index: number | undefined;
    let greeting = greet;
    try {
      while (index === undefined && !follower.isOver) {
        await follower.room();
        await this.#backlog.send(follower, past, greeting);
        greeting = undefined;
        index = this.#indexFor(follower);
      }
      if (index !== undefined) this.#goLive(follower, index);
    } catch (error) {
      this.#giveUp(follower, error);
    }
  }

  // What passed by while the dump was read comes before what comes now, as far as it is still there.
  #goLive(follower: Follower, index: number): void {
    const { heard, seq, channel } = follower;
    if (this.#ring.lastUnrecordedGone >= heard)
      follower.write(channel.event({ type: 'gap', after: seq, before: seq + 1 }));
    follower.index = this.#ring.firstPassing(heard, index) ?? index;
    this.#flushSoon();
  }

  // Who has room is sent what it lacks before that makes way: only who reads slowly loses its place.
  #sendBeforeGone(index: number): void {
    if (index < this.#sentUpTo) return;
    for (const follower of this.#followers) this.#trySend(follower);
    this.#sentUpTo = this.#ring.end;
  }

  #trySend(follower: Follower): void {
    try {
      this.#send(follower);
    } catch (error) {
      this.#giveUp(follower, error);
    }
  }

  // Where a follower goes on in the ring; undefined where the ring does not have all that is left for it.
  #indexFor({ seq }: Follower): number | undefined {
    return seq >= this.#lastSeq ? this.#ring.end : this.#ring.indexAfter(seq);
  }

  #flushSoon(): void {
    this.#isFlushWanted = true;
    if (!this.#isFlushing) void this.#flushWhileWanted();
  }

  async #flushWhileWanted(): Promise<void> {
    this.#isFlushing = true;
    while (this.#isFlushWanted) {
      const { waitMs } = this.#pace;
      await (waitMs > 0 ? sleep(waitMs) : setImmediate());
      this.#isFlushWanted = false;
      const { end } = this.#ring;
      const busyMs = await this.#forEachInSlices((follower) => {
        this.#trySend(follower);
      });
      this.#sentUpTo = Math.max(this.#sentUpTo, end);
      this.#pace.flushed(busyMs);
    }
    this.#isFlushing = false;
  }

  // Sends a live follower all there is for it, as far as it has room.
  #send(follower: Follower): void {
    const ring = this.#ring;
    while (follower.index !== undefined && follower.index < ring.end && follower.hasRoom) {
      if (follower.index < ring.begin) {
        this.#fallBack(follower);
        return;
      }
      const { bytes, to } = follower.channel.piece(ring, follower.index, follower.seq, follower);
      follower.index = to;
      follower.seq = Math.max(follower.seq, ring.at(to - 1)?.last ?? 0);
      follower.write(bytes);
    }
  }

  #fallBack(follower: Follower): void {
    follower.heard = follower.index ?? 0;
    follower.index = undefined;
    if (follower.canResume) void this.#catchUp(follower, { filter: follower.channel.filter });
    else follower.end(new AppError('feed.too_slow'));
  }

  async #tick(): Promise<void> {
    if (this.#isTicking) return;
    this.#isTicking = true;
    await this.#forEachInSlices((follower) => {
      this.#look(follower);
    });
    this.#isTicking = false;
  }

  #look(follower: Follower): void {
    const { index, channel, seq, hasRoom } = follower;
    const isLost = index !== undefined && index < this.#ring.begin && !follower.canResume;
    if (isLost || follower.fullForMs > this.#deps.stallMs) follower.end(new AppError('feed.too_slow'));
    else if (index !== undefined && hasRoom && follower.silentForMs >= HEARTBEAT_MS)
      follower.write(channel.event({ type: 'position', seq }));
  }

  // Whatever goes wrong with one is no business of the others'.
  #giveUp(follower: Follower, error: unknown): void {
    this.#deps.logger.error({ err: error }, 'A connection to the feed cannot be served.');
    follower.end(new AppError('feed.unreadable', { cause: error }));
  }

  // Answers for how many milliseconds this kept the process busy.
  async #forEachInSlices(action: (follower: Follower) => void): Promise<number> {
    const { now } = this.#deps;
    let [began, busyMs] = [now(), 0];
    for (const follower of this.#followers) {
      action(follower);
      const ms = now() - began;
      if (ms < SLICE_MS) continue;
      busyMs += ms;
      await setImmediate();
      began = now();
    }
    return busyMs + now() - began;
  }
}
