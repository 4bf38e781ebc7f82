import { SPAN_STRIDE, type MessageList } from '../../dump/message-log.js';

/** How messages without a topic are counted. */
const NO_TOPIC = '';

/** A power of two. */
const KEPT = 256;
/** How many topics of a list may be new before those that are count as others: what is sent to be slow is not. */
const NEW_AT_ONCE = 64;
const BACKSLASH = 0x5c;
/** FNV-1a, 32 bits. */
const HASH_BASIS = 0x811c9dc5;
const HASH_PRIME = 0x01000193;

/** Adds up messages by their topic. */
interface TopicTally {
  add(topic: string, messages: number, bytes: number): void;
}

/**
 * Finds the topics in lists of messages. Most are among those that came last: these are found by their bytes, and no text is made.
 * Only so many others are looked at in a list; the rest is added to nothing.
 */
export class TopicNames {
  readonly #literals = new Array<Uint8Array>(KEPT).fill(new Uint8Array());
  readonly #names = new Array<string>(KEPT).fill(NO_TOPIC);
  #newOfList = 0;

  /** Adds a list's messages to a tally. @param skip - how many of the first messages are left out */
  tally({ bytes, spans, count }: MessageList, skip: number, into: TopicTally): void {
    let topic: string | undefined = NO_TOPIC;
    let [run, runBytes] = [0, 0];
    this.#newOfList = 0;
    for (let base = skip * SPAN_STRIDE; base < count * SPAN_STRIDE; base += SPAN_STRIDE) {
      const [begin, end] = [spans[base + 2] ?? 0, spans[base + 3] ?? 0];
      const next = begin === end ? NO_TOPIC : this.#at(bytes, begin, end);
      if (next !== topic) {
        if (topic !== undefined && run > 0) into.add(topic, run, runBytes);
        [run, runBytes] = [0, 0];
      }
      topic = next;
      run += 1;
      runBytes += (spans[base + 1] ?? 0) - (spans[base] ?? 0);
    }
    if (topic !== undefined && run > 0) into.add(topic, run, runBytes);
  }

  #at(bytes: Uint8Array, begin: number, end: number): string | undefined {
    const place = hashOf(bytes, begin, end) & (KEPT - 1);
    const known = this.#literals[place];
    if (known !== undefined && isAt(known, bytes, begin, end)) return this.#names[place] ?? NO_TOPIC;
    this.#newOfList += 1;
    if (this.#newOfList > NEW_AT_ONCE) return undefined;
    const literal = bytes.slice(begin, end);
    const name = nameOf(literal);
    this.#literals[place] = literal;
    this.#names[place] = name;
    return name;
  }
}

function hashOf(bytes: Uint8Array, begin: number, end: number): number {
  let hash = HASH_BASIS;
  for (let at = begin; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), HASH_PRIME);
  return hash ^ (hash >>> 16);
}

function isAt(known: Uint8Array, bytes: Uint8Array, begin: number, end: number): boolean {
  if (known.length !== end - begin) return false;
  for (let at = 0; at < known.length; at += 1) if (known[at] !== bytes[begin + at]) return false;
  return true;
}

// A topic has characters of ASCII only; how it is written is the sender's choice.
function nameOf(literal: Uint8Array): string {
  const text = Buffer.from(literal.buffer, literal.byteOffset, literal.length).toString('latin1');
  return literal.includes(BACKSLASH) ? String(JSON.parse(text)) : text.slice(1, -1);
}
