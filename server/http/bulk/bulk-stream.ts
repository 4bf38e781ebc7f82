import type { Committed, MessageList, ProducerNumbers } from '../../dump/message-log.js';
import { AppError } from '../../errors/app-error.js';
import type { MessageSink } from '../../features/messages/message-service.js';

/** What of a request is durable. */
export interface Stored {
  readonly accepted: number;
  readonly duplicates: number;
  /** The place in the dump of the last message that this request stored; null where it stored none. */
  readonly last: number | null;
}

/** How much of one request may be on its way to the disk before it is read on, in bytes. */
const MAX_UNSTORED_BYTES = 2 ** 20;

/**
 * The messages of one request on their way into the dump: several batches at once, in order, and counted when they are
 * durable. After the first that fails nothing is stored any more.
 */
export class BulkStream {
  readonly #sink: MessageSink;
  readonly #producer: ProducerNumbers | undefined;
  readonly #onStored: () => void;
  readonly #onFailed: (error: unknown) => void;
  #stored: Stored = { accepted: 0, duplicates: 0, last: null };
  #numbered = 0;
  #unstoredBytes = 0;
  #error: unknown;
  #tail: Promise<void> = Promise.resolve();
  #wake: () => void = () => undefined;

  /**
   * @param onStored - told each time more has become durable
   * @param onFailed - told at once when something could not be stored, since nobody may be waiting just then
   */
  constructor(
    sink: MessageSink,
    producer: ProducerNumbers | undefined,
    onStored: () => void,
    onFailed: (error: unknown) => void,
  ) {
    this.#sink = sink;
    this.#producer = producer;
    this.#onStored = onStored;
    this.#onFailed = onFailed;
  }

  /** What is durable now. */
  get stored(): Stored {
    return this.#stored;
  }

  /** Sends the next messages on their way, and waits while too much is on it. @throws what storing fails with */
  async add(messages: MessageList): Promise<void> {
    if (messages.count === 0) return;
    const bytes = messages.bytes.length;
    const committed = await this.#send(messages);
    this.#unstoredBytes += bytes;
    this.#tail = Promise.all([this.#tail, this.#count(committed.outcome, bytes)]).then(() => undefined);
    while (this.#unstoredBytes > MAX_UNSTORED_BYTES && this.#error === undefined) await this.#change();
    this.#assertGood();
  }

  /** Resolves when everything that is on its way is durable. @throws what storing failed with */
  async finish(): Promise<void> {
    await this.#tail;
    this.#assertGood();
  }

  /** Resolves when nothing is on its way any more, whatever became of it. */
  async settled(): Promise<void> {
    await this.#tail;
  }

  // In an object, so that it is not waited for.
  async #send(messages: MessageList): Promise<{ outcome: Promise<Committed> }> {
    using _room = await this.#sink.room(messages);
    return { outcome: this.#sink.store(messages, this.#numbersOf(messages.count)) };
  }

  // Never rejects: the error is thrown where somebody waits.
  async #count(committed: Promise<Committed>, bytes: number): Promise<void> {
    try {
      const { accepted, duplicates, last } = await committed;
      this.#stored = {
        accepted: this.#stored.accepted + accepted,
        duplicates: this.#stored.duplicates + duplicates,
        last: accepted > 0 ? last : this.#stored.last,
      };
      this.#onStored();
    } catch (error) {
      if (this.#error === undefined) this.#onFailed(error);
      this.#error ??= error;
    }
    this.#unstoredBytes -= bytes;
    this.#wake();
  }

  #numbersOf(count: number): ProducerNumbers | undefined {
    if (this.#producer === undefined) return undefined;
    const first = this.#producer.first + this.#numbered;
    this.#numbered += count;
    return { id: this.#producer.id, first };
  }

  #assertGood(): void {
    if (this.#error === undefined) return;
    throw this.#error instanceof Error ? this.#error : new AppError('dump.write_failed');
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
