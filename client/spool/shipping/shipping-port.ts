/** Which numbers the messages of a request have: `first` and on, one each. */
export interface NumberedBy {
  /** A UUID. */
  readonly producer: string;
  readonly first: number;
}

/**
 * What became of a request:
 * - `stored`: the server has all of it;
 * - `refused`: it has the first `taken` messages, and will never take the next one, for this reason; it has none after it;
 * - `too_large`: it has taken nothing, and may take fewer at once;
 * - `gap`: it has taken nothing, and expects a number lower than the first one: it has forgotten what it had stored;
 * - `failed`: the same request may succeed later; nobody knows what was taken.
 */
export type ShipOutcome =
  | { readonly kind: 'stored' }
  | { readonly kind: 'refused'; readonly taken: number; readonly reason: string }
  | { readonly kind: 'too_large' }
  | { readonly kind: 'gap'; readonly expected: number }
  | { readonly kind: 'failed'; readonly error: Error; readonly retryAfterMs?: number | undefined };

/** What a number's fate is asked with: the last one that is stored, or that nobody answers now. */
export type LastNumber =
  | { readonly kind: 'known'; readonly last: number }
  | { readonly kind: 'failed'; readonly error: Error; readonly retryAfterMs?: number | undefined };

/**
 * What shipping needs of a server that keeps the rule of producers: of the numbers of one producer the next is stored, a
 * lower one is known already, and a higher one is a gap. Nothing here rejects for what a server or network does.
 */
export interface ShippingPort {
  /** Sends messages, each a JSON object on one line. */
  send(items: readonly string[], numbers: NumberedBy): Promise<ShipOutcome>;
  /** The last number stored of a producer, 0 where it is not known. */
  lastNumber(producer: string): Promise<LastNumber>;
}
