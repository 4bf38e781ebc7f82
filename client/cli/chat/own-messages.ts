import type { FeedMessage } from '../../../protocol/feed.js';

const REMEMBERED = 1000;

/**
 * Which messages are one's own. They come over the feed as well: before their answer or behind it, on the connection that they
 * went by or after another has taken its place. One message is under way at a time.
 */
export class OwnMessages {
  #me = '';
  #pending: string | undefined;
  // What came from this user while the same text was under way: the answer says which one it is.
  #held: FeedMessage[] = [];
  readonly #numbers = new Set<number>();
  // Texts that are acknowledged without a number, and still to come.
  #unnumbered: string[] = [];

  /** There is a new connection, of this user. What was not recorded comes over the one before, or not at all. */
  connected(user: string): void {
    this.#me = user;
    this.#unnumbered = [];
  }

  /** A text is being sent. */
  begin(text: string): void {
    this.#pending = text;
  }

  /** Whether a message that has come is to be shown now. */
  isOthers(message: FeedMessage): boolean {
    const seq = numberOf(message);
    if (seq !== undefined && this.#numbers.has(seq)) return false;
    if (message.user !== this.#me) return true;
    if (seq === undefined && this.#isExpected(message.message)) return false;
    if (message.message !== this.#pending) return true;
    this.#held.push(message);
    return false;
  }

  /** The text that is under way is sent. @returns what came meanwhile and was not it, to be shown now */
  acknowledged(seq: number | null): readonly FeedMessage[] {
    const text = this.#pending ?? '';
    const held = this.#settle();
    if (seq !== null) {
      this.#remember(seq);
      return held.filter((each) => numberOf(each) !== seq);
    }
    const own = held.findIndex((each) => numberOf(each) === undefined);
    if (own === -1) this.#unnumbered.push(text);
    return held.filter((_, index) => index !== own);
  }

  /** Nothing is known of the text that was under way. @returns what came meanwhile, to be shown now */
  failed(): readonly FeedMessage[] {
    return this.#settle();
  }

  #settle(): FeedMessage[] {
    const held = this.#held;
    [this.#pending, this.#held] = [undefined, []];
    return held;
  }

  #isExpected(text: unknown): boolean {
    const index = this.#unnumbered.findIndex((each) => each === text);
    if (index !== -1) this.#unnumbered.splice(index, 1);
    return index !== -1;
  }

  #remember(seq: number): void {
    this.#numbers.add(seq);
    const [oldest] = this.#numbers;
    if (this.#numbers.size > REMEMBERED && oldest !== undefined) this.#numbers.delete(oldest);
  }
}

// Where a message stands in the dump; undefined where it is not recorded.
function numberOf({ seq }: FeedMessage): number | undefined {
  return typeof seq === 'number' ? seq : undefined;
}
