import type { SpoolMessage } from '../format/spool-line.js';
import { removeSettled } from '../storage/segment-cleaner.js';
import { KEPT_NO_MORE, setAside } from '../storage/set-aside.js';
import type { SpoolFiles } from '../storage/spool-files.js';
import { SpoolReader } from '../storage/spool-reader.js';
import { recovered } from './stale-state.js';
import { isHeldByAnother, leaseOf, type ShipperIdentity } from './lease.js';
import { claimed, headRejected, movedOver, settled, type ShipState, withNewProducer } from './ship-state.js';
import type { ShipStateStore, VersionedState } from './ship-state-store.js';
import type { LastNumber, ShipOutcome, ShippingPort } from './shipping-port.js';

export interface ShipperOptions {
  readonly files: SpoolFiles;
  readonly store: ShipStateStore;
  readonly port: ShippingPort;
  readonly self: ShipperIdentity;
  /** Makes a UUID. */
  readonly newId: () => string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told of what somebody should know: messages that were refused or lost, a server that has forgotten. */
  readonly warn: (text: string) => void;
  readonly limits?: { readonly maxRecords: number; readonly maxBytes: number };
}

/**
 * What a step came to: it got on; nothing is left to send; another process ships; or it failed, and should be tried again
 * after a pause.
 */
export type ShipStep =
  | { readonly kind: 'progress' }
  | { readonly kind: 'empty' }
  | { readonly kind: 'held' }
  | { readonly kind: 'failed'; readonly error: Error; readonly retryAfterMs?: number | undefined };

/** How much goes out in one request. */
export const SHIP_LIMITS = { maxRecords: 1_000, maxBytes: 512 * 1024 } as const;
const STALE_STATE =
  'A file of the state of the spool is damaged: messages that were delivered may be sent again. Numbering begins anew';
const PROGRESS: ShipStep = { kind: 'progress' };

/**
 * Sends what is in the spool, in order, one request at a time. Each step looks at the state on the disk, does one thing,
 * and writes what it came to; so a crash between any two of them only means that the next one is done again. `ShipState`
 * says why nothing is stored twice or left out.
 */
export class Shipper {
  readonly #options: ShipperOptions;
  readonly #reader: SpoolReader;
  #maxRecords: number;
  #cleanedTo = 0;

  constructor(options: ShipperOptions) {
    this.#options = options;
    this.#reader = new SpoolReader(options.files);
    this.#maxRecords = (options.limits ?? SHIP_LIMITS).maxRecords;
  }

  /** Does the next thing that is to be done. A disk that fails is a failure like any other: the next step looks anew. */
  async step(): Promise<ShipStep> {
    try {
      return await this.#step();
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      await this.#reader.close();
      return {
        kind: 'failed',
        error: new Error(`The spool cannot be written: ${error.message}`, { cause: error }),
      };
    }
  }

  async #step(): Promise<ShipStep> {
    const { store, self, now } = this.#options;
    const seen = await store.read();
    const { state } = seen;
    if (isHeldByAnother(state.lease, self, now())) return { kind: 'held' };
    if (seen.isStale) return this.#recover(seen);
    const { head, claimedTo, skip } = state;
    if (skip !== null && head >= skip.from && head < skip.to) return this.#moveOver(seen, skip.to);
    const records = await this.#read(state);
    const first = records[0]?.position;
    if (claimedTo > head) return first === head ? this.#send(seen, records) : this.#askForHole(seen);
    if (first === undefined) return this.#settleEmpty(seen);
    return first === head ? this.#claim(seen, records) : this.#moveOver(seen, first);
  }

  /** Lets others ship at once. */
  async release(): Promise<void> {
    const { store, self } = this.#options;
    const seen = await store.read();
    if (!seen.isStale && seen.state.lease?.id === self.id)
      await store.replace(seen, { ...seen.state, lease: null });
    await this.#reader.close();
  }

  // Numbers that are used up are not known: see `recovered`.
  async #recover(seen: VersionedState): Promise<ShipStep> {
    const { files, store, port, newId, warn } = this.#options;
    const known = await port.lastNumber(seen.state.producer);
    if (known.kind === 'failed') return known;
    const state = await recovered(seen.state, { files, reader: this.#reader, last: known.last, newId });
    if (await store.replace(seen, state)) warn(STALE_STATE);
    return PROGRESS;
  }

  #read({ head, claimedTo, skip }: ShipState): Promise<SpoolMessage[]> {
    const free = skip !== null && skip.from > head ? skip.from : Number.POSITIVE_INFINITY;
    const { maxBytes } = this.#options.limits ?? SHIP_LIMITS;
    const before = claimedTo > head ? claimedTo : free;
    return this.#reader.read(head, { maxRecords: this.#maxRecords, maxBytes, before });
  }

  async #claim(seen: VersionedState, records: readonly SpoolMessage[]): Promise<ShipStep> {
    const { store, self, now } = this.#options;
    const to = seen.state.head + records.length;
    const state = claimed(seen.state, to, leaseOf(self, now()));
    if (!(await store.replace(seen, state))) return PROGRESS;
    return this.#send({ version: seen.version + 1, state, isStale: false }, records);
  }

  async #send(seen: VersionedState, records: readonly SpoolMessage[]): Promise<ShipStep> {
    const { state } = seen;
    const { producer, number } = state;
    const items = records.map(({ item }) => item);
    const outcome = await this.#options.port.send(items, { producer, first: number });
    switch (outcome.kind) {
      case 'stored':
        return this.#settle(seen, records.length);
      case 'refused':
        return outcome.taken > 0 ? this.#settle(seen, outcome.taken) : this.#reject(seen, records, outcome);
      case 'too_large':
        return this.#sendFewer(seen, records);
      case 'gap':
        return this.#startAgain(seen, outcome);
      case 'failed':
        return outcome;
    }
  }

  // The next claim is written with what is settled, so that a request costs one write of the state.
  async #settle(seen: VersionedState, count: number): Promise<ShipStep> {
    const { store, self, now } = this.#options;
    let state = settled(seen.state, count, now());
    if (state.claimedTo === state.head) {
      const next = await this.#read(state);
      const isNext = next[0]?.position === state.head;
      state = isNext
        ? claimed(state, state.head + next.length, leaseOf(self, now()))
        : { ...state, lease: null };
    }
    if (await store.replace(seen, state)) await this.#clean(state.head);
    return PROGRESS;
  }

  async #clean(head: number): Promise<void> {
    const { files, warn } = this.#options;
    if (head === this.#cleanedTo) return;
    this.#cleanedTo = head;
    for (const sentence of await removeSettled(files, head)) warn(sentence);
  }

  #sendFewer(seen: VersionedState, records: readonly SpoolMessage[]): Promise<ShipStep> {
    if (records.length === 1)
      return this.#reject(seen, records, { reason: 'it is too large for this server' });
    this.#maxRecords = Math.ceil(records.length / 2);
    return Promise.resolve(PROGRESS);
  }

  async #reject(
    seen: VersionedState,
    records: readonly SpoolMessage[],
    { reason }: { readonly reason: string },
  ): Promise<ShipStep> {
    const { files, store, port, now, warn } = this.#options;
    const { state } = seen;
    // It may have been stored before: by an earlier request whose answer was lost, when a limit was higher.
    const known = await port.lastNumber(state.producer);
    if (known.kind === 'failed') return known;
    if (known.last >= state.number) return this.#settle(seen, settledBy(state, known.last));
    const [{ position, item } = { position: state.head, item: 'null' }] = records;
    const at = new Date(now()).toISOString();
    const isKept = await setAside(files, { at, reason, position, item: JSON.parse(item) as unknown });
    const fate = isKept ? 'kept in rejected.ndjson' : KEPT_NO_MORE;
    if (await store.replace(seen, headRejected(state)))
      warn(`A message was refused for good and is ${fate}: ${reason}`);
    return PROGRESS;
  }

  // A message that may have been sent cannot be read any more: only the server knows.
  async #askForHole(seen: VersionedState): Promise<ShipStep> {
    const { port, store, newId } = this.#options;
    const { state } = seen;
    const known: LastNumber = await port.lastNumber(state.producer);
    if (known.kind === 'failed') return known;
    if (known.last >= state.number) return this.#settle(seen, settledBy(state, known.last));
    // Its number will never be used; so the ones after it get those of another producer.
    const next = (await this.#nextAfterHole(state)) ?? state.claimedTo;
    const moved = movedOver(state, next);
    if (await store.replace(seen, withNewProducer(moved, newId())))
      this.#warnOfLoss(moved.counts.lost - state.counts.lost);
    return PROGRESS;
  }

  async #nextAfterHole({ head, claimedTo }: ShipState): Promise<number | undefined> {
    const limits = { maxRecords: 1, maxBytes: 1, before: claimedTo };
    return (await this.#reader.read(head, limits))[0]?.position;
  }

  async #moveOver(seen: VersionedState, head: number): Promise<ShipStep> {
    const moved = movedOver(seen.state, head);
    if (await this.#options.store.replace(seen, moved))
      this.#warnOfLoss(moved.counts.lost - seen.state.counts.lost);
    return PROGRESS;
  }

  #warnOfLoss(count: number): void {
    if (count > 0) this.#options.warn(`${String(count)} messages in the spool cannot be read any more`);
  }

  async #startAgain(
    seen: VersionedState,
    { expected }: Extract<ShipOutcome, { kind: 'gap' }>,
  ): Promise<ShipStep> {
    const { store, newId, warn } = this.#options;
    // It has the message by now; whatever it says, it is not to be sent again.
    if (expected > seen.state.number) return this.#settle(seen, settledBy(seen.state, expected - 1));
    if (!(await store.replace(seen, withNewProducer(seen.state, newId())))) return PROGRESS;
    const last = seen.state.number - 1;
    warn(
      `The server had acknowledged ${String(last)} messages and knows of ${String(expected - 1)}: it has forgotten the rest, or was restored from a backup. Numbering begins anew`,
    );
    return PROGRESS;
  }

  async #settleEmpty(seen: VersionedState): Promise<ShipStep> {
    const { store, self } = this.#options;
    if (seen.state.lease?.id === self.id) await store.replace(seen, { ...seen.state, lease: null });
    await this.#clean(seen.state.head);
    return { kind: 'empty' };
  }
}

function settledBy({ number, head, claimedTo }: ShipState, last: number): number {
  return Math.min(last - number + 1, claimedTo - head);
}
