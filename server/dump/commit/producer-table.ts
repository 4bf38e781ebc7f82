import { AppError } from '../../errors/app-error.js';
import type { Batch, ProducerNumbers } from '../message-log.js';
import type { PlacedMark } from '../segments/producer-marks.js';

/** What is remembered of a producer. */
type Remembered = Pick<PlacedMark, 'user' | 'last' | 'at' | 'seq'>;

/** How many numbered streams are remembered, and how long. */
export interface ProducerLimits {
  readonly maxProducersPerUser: number;
  /** Milliseconds since its last message. Time in which no server runs does not count. */
  readonly idleMs: number;
}

/**
 * The last number of every producer: what makes a message that is sent again a duplicate. Memory is constant for each.
 * A producer is its owner's, whatever that one is called: it goes on under another name, and whoever takes the old name
 * has producers of its own.
 *
 * What a commit is about to write is staged, and counts for the batches behind it in the same commit; it becomes true only
 * when the commit is durable. So a duplicate is never acknowledged before what it repeats.
 */
export class ProducerTable {
  readonly #limits: ProducerLimits;
  readonly #clock: () => Date;
  readonly #owners = new Map<string, Map<string, Remembered>>();
  readonly #monotonic: () => number;
  #staged = new Map<string, Omit<PlacedMark, 'seq'> & { readonly owner: string }>();
  // A time that is not in the future, and when it was taken in monotonic time.
  #since: { readonly at: number; readonly monotonic: number };

  /** @param monotonic - milliseconds since any moment, which no setting of a clock changes */
  constructor(limits: ProducerLimits, clock: () => Date, monotonic: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#clock = clock;
    this.#monotonic = monotonic;
    this.#since = { at: clock().getTime(), monotonic: monotonic() };
  }

  /** Takes over what is known from elsewhere; of two marks of a producer that of the later record is the right one. */
  restore(states: Iterable<PlacedMark>): void {
    for (const { user, owner = user, id, last, at, seq } of states) {
      const known = this.#owners.get(owner)?.get(id);
      if (known === undefined || seq >= known.seq) this.#remember(owner, id, { user, last, at, seq });
    }
  }

  /** All that is to be restored has been: from now on time passes for those that are remembered. */
  restored(): void {
    let newest = Number.NEGATIVE_INFINITY;
    for (const { at } of this.states()) newest = Math.max(newest, at);
    if (Number.isFinite(newest)) this.#since = { at: newest, monotonic: this.#monotonic() };
    this.forgetIdle();
  }

  /** The last number that is durable; 0 where nothing is known. */
  last(owner: string, id: string): number {
    return this.#owners.get(owner)?.get(id)?.last ?? 0;
  }

  /** Everything that is remembered. */
  *states(): Generator<PlacedMark> {
    for (const [owner, producers] of this.#owners)
      for (const [id, mark] of producers)
        yield owner === mark.user ? { id, ...mark } : { owner, id, ...mark };
  }

  /** How many are remembered. */
  get size(): number {
    let size = 0;
    for (const producers of this.#owners.values()) size += producers.size;
    return size;
  }

  /** Forgets those that have had no message for long. */
  forgetIdle(): void {
    for (const [owner, producers] of this.#owners) {
      this.#forgetIdleOf(producers);
      if (producers.size === 0) this.#owners.delete(owner);
    }
  }

  /**
   * How many of the first messages of a commit's next batch are duplicates; design.md, promise 2.
   *
   * @throws AppError `producer.gap`, `producer.too_many`
   */
  duplicatesIn({ user, owner = user, producer, messages: { count } }: Batch): number {
    if (producer === undefined || count === 0) return 0;
    const last = this.#lastStaged(owner, producer.id);
    assertNoGap(producer, last);
    if (last === 0) this.#makeRoom(owner);
    return Math.min(count, last + 1 - producer.first);
  }

  /** Takes note of a batch that the commit will write. */
  stage({ user, owner = user, producer, messages: { count } }: Batch): void {
    if (producer === undefined || count === 0) return;
    const { id, first } = producer;
    const last = Math.max(this.#lastStaged(owner, id), first + count - 1);
    const at = Math.max(this.#clock().getTime(), this.#passed());
    this.#staged.set(`${owner} ${id}`, { user, owner, id, last, at });
  }

  /** What was staged is durable now. @param seq - the number of the commit's last record */
  commit(seq: number): void {
    for (const { user, owner, id, last, at } of this.#staged.values())
      this.#remember(owner, id, { user, last, at, seq });
    this.#staged.clear();
  }

  /** What was staged has not been stored. */
  discard(): void {
    this.#staged.clear();
  }

  #remember(owner: string, id: string, mark: Remembered): void {
    const producers = this.#owners.get(owner) ?? new Map<string, Remembered>();
    this.#owners.set(owner, producers);
    producers.set(id, mark);
  }

  #lastStaged(owner: string, id: string): number {
    return this.#staged.get(`${owner} ${id}`)?.last ?? this.last(owner, id);
  }

  #makeRoom(owner: string): void {
    const { maxProducersPerUser: limit } = this.#limits;
    const producers = this.#owners.get(owner);
    if (producers === undefined || producers.size + this.#stagedOf(owner) < limit) return;
    this.#forgetIdleOf(producers);
    if (producers.size + this.#stagedOf(owner) >= limit)
      throw new AppError('producer.too_many', { details: { limit } });
  }

  #forgetIdleOf(producers: Map<string, Remembered>): void {
    const before = this.#now() - this.#limits.idleMs;
    for (const [id, { at }] of producers) if (at < before) producers.delete(id);
  }

  // A clock that is set ahead, rightly or for a moment, makes nobody idle: only time that was seen to pass does.
  #now(): number {
    return Math.min(this.#clock().getTime(), this.#passed());
  }

  #passed(): number {
    const { at, monotonic } = this.#since;
    return at + Math.trunc(this.#monotonic() - monotonic);
  }

  #stagedOf(owner: string): number {
    let count = 0;
    for (const state of this.#staged.values())
      if (state.owner === owner && this.last(owner, state.id) === 0) count += 1;
    return count;
  }
}

function assertNoGap({ first }: ProducerNumbers, last: number): void {
  if (first <= last + 1) return;
  throw new AppError('producer.gap', { details: { expected: last + 1, number: first } });
}
