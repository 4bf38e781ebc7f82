import { isAscii } from 'node:buffer';
import { MESSAGE_FIELD_RULES, TIME, TOPIC } from '../../../protocol/message-fields.js';
import { jsonLiteral, onOneLine } from '../../dump/format/json-literal.js';
import type { MessageList } from '../../dump/message-log.js';
import { JsonScanner, NO_VALUE } from './json-scanner.js';
import type { LineReader } from './line-reader.js';
import { MessageSpans, PART } from './message-spans.js';

const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const BACKSLASH = 0x5c;
const DELETE = 0x7f;
/** How nearly every item begins, up to its first letter: in three parts, each of which is compared at once. */
const PLAIN_BEGIN = Buffer.from('{"message":"');
const BEGIN_0 = PLAIN_BEGIN.readInt32LE(0);
const BEGIN_4 = PLAIN_BEGIN.readInt32LE(4);
const BEGIN_8 = PLAIN_BEGIN.readInt32LE(8);
const FIELDS = ['message', 'topic', 'time'] as const;

/** How large and how deep a message may be. */
export interface ItemLimits {
  /** Bytes of UTF-8: of the text, or of the JSON where it is no text. */
  readonly maxMessageBytes: number;
  readonly maxJsonDepth: number;
}

/**
 * Reads items, `{"message": …}` with an optional `topic` and `time`, out of the bytes of a request and notes where in them
 * each message is. Nothing is copied but what may not stand in the dump as it is.
 */
export class ItemReader implements LineReader {
  readonly #limits: ItemLimits;
  readonly #scanner: JsonScanner;
  readonly #spans = new MessageSpans();
  #bytes: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** Whether a text can be read as {@link JsonScanner.simpleString} does. */
  #isSimple = false;

  constructor(limits: ItemLimits) {
    this.#limits = limits;
    // The item itself is a level.
    this.#scanner = new JsonScanner(limits.maxJsonDepth - 1);
  }

  /** Begins a list of the items in these bytes, which are valid UTF-8. */
  open(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#scanner.open(bytes);
    this.#isSimple = isAscii(bytes) && !bytes.includes(BACKSLASH) && !bytes.includes(DELETE);
    this.#spans.open(bytes);
  }

  /** How many items have been read. */
  get count(): number {
    return this.#spans.count;
  }

  /** What has been read, which is not held here any more. */
  take(): MessageList {
    return this.#spans.take();
  }

  /** Reads lines as long as they are plain; answers where the first one begins that is not. */
  readPlainLines(begin: number): number {
    this.#scanner.limit(this.#bytes.length);
    let at = begin;
    for (;;) {
      const end = this.#readPlain(at);
      if (end === NO_VALUE) return at;
      if (this.#bytes[end] !== LINE_FEED) {
        this.#spans.drop();
        return at;
      }
      at = end + 1;
    }
  }

  /** Reads the item that fills a line, white space aside; answers why it is none, or undefined. An empty line is passed over. */
  readLine(begin: number, end: number): string | undefined {
    this.#scanner.limit(end);
    const start = this.#scanner.skipSpace(begin);
    if (start === end) return undefined;
    const behind = this.#readItem(start);
    if (typeof behind === 'string') return behind;
    if (this.#scanner.skipSpace(behind) === end) return undefined;
    this.#spans.drop();
    return 'must be one JSON object';
  }

  /** Reads the item that begins here; answers where it ends, or why it is none. */
  #readItem(position: number): number | string {
    const plain = this.#readPlain(position);
    return plain === NO_VALUE ? this.#readFields(position) : plain;
  }

  // An item of nothing but a text that can stand as it is: what most senders send most of the time.
  #readPlain(position: number): number {
    const begin = position + PLAIN_BEGIN.length - 1;
    if (!this.#isPlainBegin(position)) return NO_VALUE;
    this.#scanner.forget();
    const end = this.#isSimple ? this.#scanner.simpleString(begin) : this.#scanner.string(begin);
    if (end === NO_VALUE || this.#scanner.hasUnsafe || this.#bytes[end] !== CLOSE_BRACE) return NO_VALUE;
    if (end - begin - 2 > this.#limits.maxMessageBytes) return NO_VALUE;
    this.#spans.set(PART.message, begin, end);
    this.#spans.next();
    return end + 1;
  }

  #isPlainBegin(position: number): boolean {
    const view = this.#view;
    return (
      position + PLAIN_BEGIN.length <= view.byteLength &&
      view.getInt32(position, true) === BEGIN_0 &&
      view.getInt32(position + 4, true) === BEGIN_4 &&
      view.getInt32(position + 8, true) === BEGIN_8
    );
  }

  #readFields(position: number): number | string {
    const bytes = this.#bytes;
    const scanner = this.#scanner;
    if (bytes[position] !== OPEN_BRACE) return this.#whyNoItem(position);
    let at = scanner.skipSpace(position + 1);
    if (bytes[at] === CLOSE_BRACE) return "has no 'message'";
    for (;;) {
      const behind = this.#readField(at);
      if (typeof behind === 'string') return behind;
      at = scanner.skipSpace(behind);
      if (bytes[at] === CLOSE_BRACE) break;
      if (bytes[at] !== COMMA) return 'is not valid JSON';
      at = scanner.skipSpace(at + 1);
    }
    if (!this.#spans.has(PART.message)) return "has no 'message'";
    this.#spans.next();
    return at + 1;
  }

  #readField(position: number): number | string {
    const scanner = this.#scanner;
    const nameEnd = scanner.string(position);
    if (nameEnd === NO_VALUE) return 'is not valid JSON';
    const colon = scanner.skipSpace(nameEnd);
    if (this.#bytes[colon] !== COLON) return 'is not valid JSON';
    const begin = scanner.skipSpace(colon + 1);
    scanner.forget();
    const end = scanner.value(begin);
    if (end === NO_VALUE) return this.#whyNoValue();
    const name: unknown = JSON.parse(this.#text(position, nameEnd));
    const field = FIELDS.find((each) => each === name);
    if (field === undefined) return `has the unknown key ${JSON.stringify(String(name).slice(0, 64))}`;
    const problem =
      field === 'message' ? this.#messageProblem(begin, end) : this.#fieldProblem(field, begin, end);
    if (problem !== undefined) return problem;
    this.#note(field, begin, end);
    return end;
  }

  #messageProblem(begin: number, end: number): string | undefined {
    const limit = this.#limits.maxMessageBytes;
    const isText = this.#bytes[begin] === QUOTE;
    if (end - begin - (isText ? 2 : 0) <= limit) return undefined;
    // Escapes take more bytes than what they stand for.
    const bytes =
      isText && this.#scanner.hasEscape
        ? Buffer.byteLength(this.#decoded(begin, end))
        : Number.POSITIVE_INFINITY;
    return bytes <= limit ? undefined : `'message' has more than ${String(limit)} bytes`;
  }

  #fieldProblem(field: 'topic' | 'time', begin: number, end: number): string | undefined {
    const pattern = field === 'topic' ? TOPIC : TIME;
    const isText = this.#bytes[begin] === QUOTE;
    return isText && pattern.test(this.#decoded(begin, end)) ? undefined : MESSAGE_FIELD_RULES[field];
  }

  // A topic and a time stand in the dump as they are compared: without escapes.
  #note(field: keyof typeof PART, begin: number, end: number): void {
    const { hasUnsafe, hasEscape } = this.#scanner;
    if (!hasUnsafe && (field === 'message' || !hasEscape)) this.#spans.set(PART[field], begin, end);
    else if (field === 'message') this.#spans.rewrite(PART.message, onOneLine(this.#text(begin, end)));
    else this.#spans.rewrite(PART[field], jsonLiteral(this.#decoded(begin, end)));
  }

  #whyNoItem(position: number): string {
    return this.#scanner.value(position) === NO_VALUE
      ? this.#whyNoValue()
      : "must be an object with 'message'";
  }

  #whyNoValue(): string {
    return `is not valid JSON, or nested deeper than ${String(this.#limits.maxJsonDepth)} levels`;
  }

  #decoded(begin: number, end: number): string {
    return String(JSON.parse(this.#text(begin, end)));
  }

  #text(begin: number, end: number): string {
    return this.#bytes.toString('utf8', begin, end);
  }

  /** Reads the one item, or the array of items, that a JSON body is; answers why it is none. */
  readAll(maxItems: number): { readonly item: number; readonly reason: string } | undefined {
    const bytes = this.#bytes;
    const scanner = this.#scanner;
    scanner.limit(bytes.length);
    let at = scanner.skipSpace(0);
    if (bytes[at] !== 0x5b) {
      const reason = at === bytes.length ? 'is empty' : this.readLine(at, bytes.length);
      return reason === undefined ? undefined : { item: 1, reason };
    }
    at = scanner.skipSpace(at + 1);
    if (bytes[at] === 0x5d) return this.#endsBehind(at + 1);
    for (;;) {
      const item = this.#spans.count + 1;
      if (item > maxItems)
        return { item, reason: `is over the limit of ${String(maxItems)} messages in an array` };
      const behind = this.#readItem(at);
      if (typeof behind === 'string') return { item, reason: behind };
      at = scanner.skipSpace(behind);
      if (bytes[at] === 0x5d) return this.#endsBehind(at + 1);
      if (bytes[at] !== COMMA) return { item, reason: 'is not valid JSON' };
      at = scanner.skipSpace(at + 1);
    }
  }

  #endsBehind(position: number): { item: number; reason: string } | undefined {
    if (this.#scanner.skipSpace(position) === this.#bytes.length) return undefined;
    return { item: Math.max(1, this.#spans.count), reason: 'is followed by something else' };
  }
}
