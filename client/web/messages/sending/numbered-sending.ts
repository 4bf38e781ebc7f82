import { randomUuid } from '../../../api/browser/random-uuid.js';
import type { StoredCounts } from '../../../api/messages/bulk-answers.js';
import { GatherError } from '../../../api/gather-error.js';
import type { MessageItem, Producer } from '../../../api/messages/stored-messages-api.js';

/** Sends one message, numbered or not. Rejects with a GatherError. */
export type SendItem = (item: MessageItem, producer?: Producer) => Promise<StoredCounts>;

/**
 * Sends messages one after the other, each under a number of its own, so that none is stored twice however often it is sent:
 * by the browser, or by somebody who does not know what became of it.
 */
export class NumberedSending {
  readonly #send: SendItem;
  #producer: Producer = newProducer();
  // A message that failed, and may have been stored all the same.
  #failed: MessageItem | undefined;

  constructor(send: SendItem) {
    this.#send = send;
  }

  /** Sends a message: under the same number as the one before, if that failed and this is the same. */
  async send(item: MessageItem): Promise<StoredCounts> {
    // The number may be taken: another message under it would count as known, and be lost.
    if (this.#failed !== undefined && !isSame(item, this.#failed)) this.#producer = newProducer();
    this.#failed = item;
    const counts = await this.#sendNumbered(item);
    this.#failed = undefined;
    return counts;
  }

  async #sendNumbered(item: MessageItem): Promise<StoredCounts> {
    try {
      return await this.#sendNext(item);
    } catch (error) {
      const code = error instanceof GatherError ? error.problem?.code : undefined;
      // As many as there may be: then it goes as it would without numbers.
      if (code === 'producer.too_many') return await this.#send(item);
      if (code !== 'producer.gap') throw error;
      // Somebody else has logged in, for whom these numbers begin anew.
      this.#producer = newProducer();
      return await this.#sendNext(item);
    }
  }

  async #sendNext(item: MessageItem): Promise<StoredCounts> {
    const { id, first } = this.#producer;
    const counts = await this.#send(item, { id, first });
    this.#producer = { id, first: first + 1 };
    return counts;
  }
}

function newProducer(): Producer {
  return { id: randomUuid(), first: 1 };
}

function isSame(left: MessageItem, right: MessageItem): boolean {
  return left.message === right.message && left.topic === right.topic;
}
