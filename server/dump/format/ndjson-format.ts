import { SPAN_STRIDE, type Batch } from '../message-log.js';
import { jsonLiteral } from './json-literal.js';
import { byteSource, type ByteSource, type LineBuffer } from './line-buffer.js';
import { checkedRecord, type DumpRecord, type RecordFormat } from './record-format.js';

/** One JSON object a line, its keys in the order of contract 1; keys that are not known are passed over. */
export const ndjsonFormat: RecordFormat = {
  fileName: 'dump.ndjson',
  header: '',
  growth: 1,
  encode: encodeNdjson,
  decode: decodeNdjson,
};

const TOPIC = sourceOf(',"topic":');
const TIME = sourceOf(',"time":');
const END = '}\n';
const CLOSE_BRACE = 0x7d;
const LINE_FEED = 0x0a;
/** The keys of a topic and a time, and what two numbers may grow by. */
const MOST_BYTES_BESIDE_TEMPLATES = 64;
const ZERO = 0x30;
const NINE = 0x39;

function encodeNdjson(into: LineBuffer, batch: Batch, skip: number, firstSeq: number, at: string): void {
  const { user, endpoint, messages, producer } = batch;
  const { count, spans } = messages;
  const sender = `"at":"${at}","user":${jsonLiteral(user)},"endpoint":${jsonLiteral(endpoint)}`;
  const head = new CountingText('{"seq":', firstSeq, `,${sender},"message":`);
  const numbering =
    producer && new CountingText(`,"producer":"${producer.id}","number":`, producer.first + skip, END);
  const bytes = byteSource(messages.bytes);
  const perRecord = head.length + (numbering?.length ?? END.length) + MOST_BYTES_BESIDE_TEMPLATES;
  into.reserve(messages.bytes.length + (count - skip) * perRecord);
  for (let base = skip * SPAN_STRIDE; base < count * SPAN_STRIDE; base += SPAN_STRIDE) {
    head.putInto(into);
    into.copy(bytes, spans[base] ?? 0, spans[base + 1] ?? 0);
    copyField(into, TOPIC, bytes, spans[base + 2] ?? 0, spans[base + 3] ?? 0);
    copyField(into, TIME, bytes, spans[base + 4] ?? 0, spans[base + 5] ?? 0);
    if (numbering === undefined) {
      into.byte(CLOSE_BRACE);
      into.byte(LINE_FEED);
    } else numbering.putInto(into);
  }
}

function copyField(into: LineBuffer, key: ByteSource, bytes: ByteSource, begin: number, end: number): void {
  if (begin === end) return;
  into.copy(key, 0, key.bytes.length);
  into.copy(bytes, begin, end);
}

/** A text around a whole number, which is one more each time: only its digits are written anew, in most cases the last one. */
class CountingText {
  readonly #before: string;
  readonly #behind: string;
  #source: ByteSource;
  #lastDigit: number;

  constructor(before: string, first: number, behind: string) {
    this.#before = before;
    this.#behind = behind;
    const digits = String(first);
    this.#source = sourceOf(before + digits + behind);
    this.#lastDigit = before.length + digits.length - 1;
  }

  /** How long it is now, in bytes: with a number of more digits it is longer. */
  get length(): number {
    return this.#source.bytes.length;
  }

  putInto(buffer: LineBuffer): void {
    buffer.copy(this.#source, 0, this.#source.bytes.length);
    this.#count();
  }

  #count(): void {
    const { bytes } = this.#source;
    let at = this.#lastDigit;
    for (; bytes[at] === NINE; at -= 1) bytes[at] = ZERO;
    const digit = bytes[at] ?? 0;
    if (at >= this.#before.length) bytes[at] = digit + 1;
    else this.#grow();
  }

  // Behind the number of nines comes a one with as many zeros.
  #grow(): void {
    const zeros = '0'.repeat(this.#lastDigit + 1 - this.#before.length);
    this.#source = sourceOf(`${this.#before}1${zeros}${this.#behind}`);
    this.#lastDigit += 1;
  }
}

function sourceOf(text: string): ByteSource {
  return byteSource(Buffer.from(text));
}

function decodeNdjson(line: string): DumpRecord | undefined {
  const value = parseJson(line);
  return typeof value === 'object' && value !== null ? checkedRecord(value) : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
