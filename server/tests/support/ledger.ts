import { createHash } from 'node:crypto';

/**
 * What became of a request, as far as its sender knows: an answer said that it is stored, an answer said that it is
 * not, or no whole answer came.
 */
export type Outcome = 'acknowledged' | 'rejected' | 'unknown';

/** One request with messages: its place in its sender's order, and what the messages were. */
export interface LedgerEntry {
  readonly key: string;
  readonly user: string;
  readonly sender: number;
  readonly number: number;
  /** How many messages were in it. */
  readonly count: number;
  readonly hash: string;
  outcome: Outcome;
}

/** What load clients sent and what they were told. Its messages are not kept, only their hash. */
export class Ledger {
  readonly #entries = new Map<string, LedgerEntry>();
  #senders = 0;

  get entries(): Iterable<LedgerEntry> {
    return this.#entries.values();
  }

  find(key: string): LedgerEntry | undefined {
    return this.#entries.get(key);
  }

  /** How many requests have an outcome. */
  count(outcome: Outcome): number {
    let count = 0;
    for (const entry of this.#entries.values()) if (entry.outcome === outcome) count += 1;
    return count;
  }

  /** Adds a sender: something that has one request under way at a time. */
  newSender(user: string): LedgerSender {
    this.#senders += 1;
    return new LedgerSender(user, this.#senders, (entry) => this.#entries.set(entry.key, entry));
  }
}

/** The requests of one sender, in order. */
export class LedgerSender {
  readonly user: string;
  readonly #id: number;
  readonly #add: (entry: LedgerEntry) => void;
  #number = 0;

  constructor(user: string, id: number, add: (entry: LedgerEntry) => void) {
    this.user = user;
    this.#id = id;
    this.#add = add;
  }

  /** Notes a request that is about to be sent; answers it and the messages to send: the first one gets its key. */
  begin([first = '', ...rest]: readonly string[]): { entry: LedgerEntry; messages: readonly string[] } {
    this.#number += 1;
    const key = `${String(this.#id)}-${String(this.#number)}`;
    const messages = [`<${key}>${first}`, ...rest];
    const entry: LedgerEntry = {
      key,
      user: this.user,
      sender: this.#id,
      number: this.#number,
      count: messages.length,
      hash: hashOf(messages),
      outcome: 'unknown',
    };
    this.#add(entry);
    return { entry, messages };
  }
}

/** The key that a message begins with, if it is a request's first one. */
export function keyOf(message: string): string | undefined {
  return /^<(\d+-\d+)>/.exec(message)?.[1];
}

/** One hash for several messages; lone surrogates count, since JSON escapes them. */
export function hashOf(messages: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(messages)).digest('hex');
}
