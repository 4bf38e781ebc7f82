const REMEMBERED = 1000;

/**
 * Which recorded messages are one's own. They are known by their answer, and may come over the feed as well, before it or
 * behind it: on the connection that they went by, or after another has taken its place.
 */
export class OwnMessages {
  readonly #own = new Set<number>();
  readonly #seen = new Set<number>();

  /** Notes a record that has come over the feed; answers whether it is to be shown. */
  hasCome(seq: number): boolean {
    remember(this.#seen, seq);
    return !this.#own.has(seq);
  }

  /** Notes the answer to an own message; answers whether it is to be shown. */
  isAcknowledged(seq: number | null): boolean {
    if (seq === null) return true;
    remember(this.#own, seq);
    return !this.#seen.has(seq);
  }
}

function remember(set: Set<number>, seq: number): void {
  set.add(seq);
  const [oldest] = set;
  if (set.size > REMEMBERED && oldest !== undefined) set.delete(oldest);
}
