import { setTimeout as sleep } from 'node:timers/promises';
import { FeedStream, type StreamKind, type Wanted } from './feed-stream.js';
import type { HeardRecord } from './feed-parsers.js';

/** Somebody who follows the feed in spite of everything. */
export interface ResumerOptions {
  readonly kind: StreamKind;
  readonly token: string;
  readonly filter?: Pick<Wanted, 'user' | 'topic' | 'contains'>;
  /** Behind which record it begins. */
  readonly after: number;
  /** Whether it reads nothing for a while whenever it has connected. */
  readonly isSlow?: boolean;
  /** No connection lasts longer than for so many bytes. */
  readonly mostBytes?: number;
}

const LEAST_BYTES = 100;
const MOST_BYTES = 1_000_000;
const MOST_PAUSE_MS = 400;
const RETRY_MS = 20;

/**
 * Follows the feed over connections that are cut at any byte, or by the server, and comes back each time with the number that it
 * saw last. What it has heard on all of them is what it should have heard on one.
 */
export class FeedResumer {
  readonly records: HeardRecord[] = [];
  readonly options: ResumerOptions;
  /** How many connections it has had, and why the server ended some. */
  opened = 0;
  readonly endCodes = new Set<string>();
  readonly gaps: unknown[] = [];
  readonly #server: { readonly port: number };
  #lastSeq: number;
  #stream: FeedStream | undefined;
  #isStopped = false;
  #isCalm = false;
  readonly #running: Promise<void>;

  constructor(server: { readonly port: number }, options: ResumerOptions) {
    this.#server = server;
    this.options = options;
    this.#lastSeq = options.after;
    this.#running = this.#run();
  }

  /** Has its next connections not cut off any more. */
  calmDown(): void {
    this.#isCalm = true;
  }

  /** Connects no more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stream?.[Symbol.dispose]();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      await this.#follow();
      if (this.#stream?.hello === undefined) await sleep(RETRY_MS);
    }
  }

  async #follow(): Promise<void> {
    const { kind, token, filter, isSlow, mostBytes = MOST_BYTES } = this.options;
    using stream = new FeedStream(kind, this.#server, token, {
      ...{ ...filter, after: this.#lastSeq, cutAfter: this.#isCalm ? Infinity : anyNumberOfBytes(mostBytes) },
    });
    this.#stream = stream;
    stream.onRecord = (record) => {
      this.records.push(record);
    };
    const closed = new Promise<void>((resolve) => stream.socket.once('close', resolve));
    if (isSlow === true) {
      stream.socket.pause();
      await Promise.race([closed, sleep(Math.random() * MOST_PAUSE_MS)]);
      stream.socket.resume();
    }
    await closed;
    if (stream.hello !== undefined) this.opened += 1;
    if (stream.endCode !== undefined) this.endCodes.add(stream.endCode);
    this.gaps.push(...stream.events.filter(({ type }) => type === 'gap'));
    this.#lastSeq = stream.lastSeq ?? this.#lastSeq;
  }
}

// Mostly some records, at times only the beginning of one, and at times most of what there is.
function anyNumberOfBytes(most: number): number {
  return Math.ceil(LEAST_BYTES * (most / LEAST_BYTES) ** Math.random());
}

/** What somebody should have heard, given the lines of the dump. */
export function wantedOf(
  lines: readonly string[],
  { filter = {}, after }: Pick<ResumerOptions, 'filter' | 'after'>,
): HeardRecord[] {
  const { user, topic, contains } = filter;
  return lines.flatMap((json, index) => {
    const record = JSON.parse(json) as { user: string; topic?: string; message: unknown };
    const text = typeof record.message === 'string' ? record.message : JSON.stringify(record.message);
    const isWanted =
      index >= after &&
      (user === undefined || record.user === user) &&
      (topic === undefined || record.topic === topic) &&
      (contains === undefined || text.includes(contains));
    return isWanted ? [{ seq: index + 1, json }] : [];
  });
}

/** What is wrong with what somebody has heard: where it first differs from what it should have been; undefined where nothing is. */
export function differenceOf(
  heard: readonly HeardRecord[],
  wanted: readonly HeardRecord[],
): string | undefined {
  const length = Math.max(heard.length, wanted.length);
  for (let index = 0; index < length; index += 1) {
    const [is, should] = [heard[index], wanted[index]];
    if (is?.seq === should?.seq && is?.json === should?.json) continue;
    const of = (record: HeardRecord | undefined) =>
      `${String(record?.seq)} ${String(record?.json.slice(0, 120))}`;
    return `${String(index)} of ${String(heard.length)} (${String(wanted.length)} wanted): ${of(is)} in place of ${of(should)}`;
  }
  return undefined;
}
