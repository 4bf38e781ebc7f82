import { GatherError } from '../../../api/gather-error.js';
import { isTokenRefused } from '../../../api/token-refused.js';
import { Store } from '../../server/store.js';

/** Something that is to be said. */
export interface Unsent {
  readonly id: number;
  readonly text: string;
  /** It waits, is under way, was refused, or nobody knows what became of it: that one is never sent again by itself. */
  readonly state: 'waiting' | 'sending' | 'refused' | 'in doubt';
  /** Why it is not sent. */
  readonly error?: unknown;
}

/**
 * What is said in this page, until the server has it: one after the other, in the order in which it was entered. What waits
 * outlasts a broken connection and a session that has ended; where something fails, what is behind it waits.
 */
export class Outbox {
  readonly unsent = new Store<readonly Unsent[]>([]);
  readonly #say: (text: string) => Promise<unknown>;
  #isOpen = false;
  #lastId = 0;

  /** @param say - says it, once; rejects with a GatherError */
  constructor(say: (text: string) => Promise<unknown>) {
    this.#say = say;
  }

  /** Whether the server can be spoken to. */
  open(isOpen: boolean): void {
    this.#isOpen = isOpen;
    this.#sendNext();
  }

  /** Something is to be said. */
  add(text: string): void {
    this.#lastId += 1;
    this.unsent.set([...this.unsent.get(), { id: this.#lastId, text, state: 'waiting' }]);
    this.#sendNext();
  }

  /** What was not sent is to be sent after all. */
  again(id: number): void {
    this.#change(id, 'waiting');
    this.#sendNext();
  }

  /** It is not to be sent. What is under way cannot be taken back. */
  remove(id: number): void {
    this.unsent.set(this.unsent.get().filter((each) => each.id !== id || each.state === 'sending'));
    this.#sendNext();
  }

  #sendNext(): void {
    const [first] = this.unsent.get();
    if (this.#isOpen && first?.state === 'waiting') void this.#send(first);
  }

  async #send({ id, text }: Unsent): Promise<void> {
    this.#change(id, 'sending');
    try {
      await this.#say(text);
      this.unsent.set(this.unsent.get().filter((each) => each.id !== id));
    } catch (error) {
      this.#failed(id, error);
    }
    this.#sendNext();
  }

  #failed(id: number, error: unknown): void {
    // It was certainly not taken, and goes on when its user has logged in again.
    if (isTokenRefused(error)) {
      this.#isOpen = false;
      this.#change(id, 'waiting');
      return;
    }
    const isInDoubt = error instanceof GatherError && error.kind === 'unknown_outcome';
    this.#change(id, isInDoubt ? 'in doubt' : 'refused', error);
  }

  #change(id: number, state: Unsent['state'], error?: unknown): void {
    this.unsent.set(
      this.unsent.get().map((each) => (each.id === id ? { id, text: each.text, state, error } : each)),
    );
  }
}
