import { SpaceSaving } from './space-saving.js';

/** How many names are told apart, in a second and in a range. */
export const TRACKED_NAMES = 64;

/** What was stored under the names of one kind in one second. What is not told apart is in none of them. */
class NamedTally {
  readonly #messages = new Float64Array(TRACKED_NAMES);
  readonly #bytes = new Float64Array(TRACKED_NAMES);
  readonly #names = new SpaceSaving(TRACKED_NAMES, (slot) => {
    this.#messages[slot] = 0;
    this.#bytes[slot] = 0;
  });

  add(name: string, messages: number, bytes: number): void {
    const slot = this.#names.add(name, messages);
    this.#messages[slot] = (this.#messages[slot] ?? 0) + messages;
    this.#bytes[slot] = (this.#bytes[slot] ?? 0) + bytes;
  }

  /** Tells all that is there. */
  forEach(each: (name: string, messages: number, bytes: number) => void): void {
    for (const [slot, name] of this.#names.names.entries())
      each(name, this.#messages[slot] ?? 0, this.#bytes[slot] ?? 0);
  }

  clear(): void {
    this.#names.clear();
    this.#messages.fill(0);
    this.#bytes.fill(0);
  }
}

/** All that happened in one second. Messages are counted here first: so it costs them the same however many ranges there are. */
export class SecondTally {
  messages = 0;
  bytes = 0;
  commits = 0;
  commitMs = 0;
  longestCommitMs = 0;
  readonly users = new NamedTally();
  readonly topics = new NamedTally();

  /** Whether nothing happened. */
  get isEmpty(): boolean {
    return this.messages === 0 && this.commits === 0;
  }

  clear(): void {
    this.messages = 0;
    this.bytes = 0;
    this.commits = 0;
    this.commitMs = 0;
    this.longestCommitMs = 0;
    this.users.clear();
    this.topics.clear();
  }
}
