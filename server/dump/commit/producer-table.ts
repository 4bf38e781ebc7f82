import { AppError } from '../../errors/app-error.js';
import type { Batch, ProducerNumbers } from '../message-log.js';
import type { ProducerMark } from '../segments/producer-marks.js';

interface Remembered {
  last: number;
  at: number;
}

/** How many numbered streams are remembered, and how long. */
export interface ProducerLimits {
  readonly maxProducersPerUser: number;
  /** Milliseconds since its last message. */
  readonly idleMs: number;
}

/**
 * The last number of every producer: what makes a message that is sent again a duplicate. Memory is constant for each.
 *
 * What a commit is about to write is staged, and counts for the batches behind it in the same commit; it becomes true only
 * when the commit is durable. So a duplicate is never acknowledged before what it repeats.
 */
export class ProducerTable {
  readonly #limits: ProducerLimits;
  readonly #clock: () => Date;
  readonly #users = new Map<string, Map<string, Remembered>>();
  #staged = new Map<string, ProducerMark>();

  constructor(limits: ProducerLimits, clock: () => Date) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Takes over what is known from elsewhere; the higher number of a producer is the right one. */
  restore(states: Iterable<ProducerMark>): void {
    for (const state of states) this.#remember(state);
  }

  /** The last number that is durable; 0 where nothing is known. */
  last(user: string, id: string): number {
    return this.#users.get(user)?.get(id)?.last ?? 0;
  }

  /** Everything that is remembered. */
  *states(): Generator<ProducerMark> {
    for (const [user, producers] of this.#users)
      for (const [id, { last, at }] of producers) yield { user, id, last, at };
  }

  /** How many are remembered. */
  get size(): number {
    let size = 0;
    for (const producers of this.#users.values()) size += producers.size;
    return size;
  }

  /** Forgets those that have had no message for long. */
  forgetIdle(): void {
    for (const [user, producers] of this.#users) {
      this.#forgetIdleOf(producers);
      if (producers.size === 0) this.#users.delete(user);
    }
  }

  /**
   * How many of the first messages of a commit's next batch are duplicates; design.md, promise 2.
   *
   * @throws AppError `producer.gap`, `producer.too_many`
   */
  duplicatesIn({ user, producer, messages: { count } }: Batch): number {
    if (producer === undefined || count === 0) return 0;
    const last = this.#lastStaged(user, producer.id);
    assertNoGap(producer, last);
    if (last === 0) this.#makeRoom(user);
    return Math.min(count, last + 1 - producer.first);
  }

  /** Takes note of a batch that the commit will write. */
  stage({ user, producer, messages: { count } }: Batch): void {
    if (producer === undefined || count === 0) return;
    const { id, first } = producer;
    const last = Math.max(this.#lastStaged(user, id), first + count - 1);
    this.#staged.set(`${user} ${id}`, { user, id, last, at: this.#clock().getTime() });
  }

  /** What was staged is durable now. */
  commit(): void {
    if (this.#staged.size === 0) return;
    this.restore(this.#staged.values());
    this.#staged.clear();
  }

  /** What was staged has not been stored. */
  discard(): void {
    this.#staged.clear();
  }

  #remember({ user, id, last, at }: ProducerMark): void {
    const producers = this.#users.get(user) ?? new Map<string, Remembered>();
    this.#users.set(user, producers);
    const known = producers.get(id);
    if (known === undefined) producers.set(id, { last, at });
    else {
      known.last = Math.max(known.last, last);
      known.at = Math.max(known.at, at);
    }
  }

  #lastStaged(user: string, id: string): number {
    return this.#staged.get(`${user} ${id}`)?.last ?? this.last(user, id);
  }

  #makeRoom(user: string): void {
    const { maxProducersPerUser: limit } = this.#limits;
    const producers = this.#users.get(user);
    if (producers === undefined || producers.size + this.#stagedOf(user) < limit) return;
    this.#forgetIdleOf(producers);
    if (producers.size + this.#stagedOf(user) >= limit)
      throw new AppError('producer.too_many', { details: { limit } });
  }

  #forgetIdleOf(producers: Map<string, Remembered>): void {
    const before = this.#clock().getTime() - this.#limits.idleMs;
    for (const [id, { at }] of producers) if (at < before) producers.delete(id);
  }

  #stagedOf(user: string): number {
    let count = 0;
    for (const state of this.#staged.values())
      if (state.user === user && this.last(user, state.id) === 0) count += 1;
    return count;
  }
}

function assertNoGap({ first }: ProducerNumbers, last: number): void {
  if (first <= last + 1) return;
  throw new AppError('producer.gap', { details: { expected: last + 1, number: first } });
}
