import { SPAN_STRIDE, type MessageList } from '../../dump/message-log.js';

/** Where in the spans of a message a part of it stands. */
export const PART = { message: 0, topic: 2, time: 4 } as const;
export type Part = (typeof PART)[keyof typeof PART];

const INITIAL_MESSAGES = 16;

/** Notes where in the bytes of a request its messages are: what a {@link MessageList} is made of. */
export class MessageSpans {
  #bytes: Buffer = Buffer.alloc(0);
  #spans = new Int32Array(0);
  #base = 0;
  #rewritten: Buffer[] = [];
  #length = 0;

  /** Begins a list of messages in these bytes. */
  open(bytes: Buffer): void {
    this.#bytes = bytes;
    // As many as the last time: requests of one stream are alike.
    this.#spans = new Int32Array(Math.max(INITIAL_MESSAGES * SPAN_STRIDE, this.#base));
    this.#base = 0;
    this.#rewritten = [];
    this.#length = bytes.length;
  }

  /** How many messages have been noted. */
  get count(): number {
    return this.#base / SPAN_STRIDE;
  }

  /** Notes where a part of the next message begins and ends. */
  set(part: Part, begin: number, end: number): void {
    if (this.#base === this.#spans.length) this.#grow();
    this.#spans[this.#base + part] = begin;
    this.#spans[this.#base + part + 1] = end;
  }

  /** Notes a part of the next message that stands otherwise in the dump than in the request. */
  rewrite(part: Part, json: string): void {
    const bytes = Buffer.from(json);
    this.set(part, this.#length, this.#length + bytes.length);
    this.#length += bytes.length;
    this.#rewritten.push(bytes);
  }

  /** Whether the next message has a part. */
  has(part: Part): boolean {
    return this.#spans[this.#base + part] !== this.#spans[this.#base + part + 1];
  }

  /** The next message is complete. */
  next(): void {
    this.#base += SPAN_STRIDE;
  }

  /** The last message was none after all. */
  drop(): void {
    this.#base -= SPAN_STRIDE;
  }

  /** What has been noted. */
  take(): MessageList {
    const isAsSent = this.#rewritten.length === 0;
    const bytes = isAsSent ? this.#bytes : Buffer.concat([this.#bytes, ...this.#rewritten], this.#length);
    return { count: this.count, bytes, spans: this.#spans };
  }

  #grow(): void {
    const larger = new Int32Array(Math.max(this.#spans.length * 2, INITIAL_MESSAGES * SPAN_STRIDE));
    larger.set(this.#spans);
    this.#spans = larger;
  }
}
