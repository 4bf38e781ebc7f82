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

const BEGIN = sourceOf('{"seq":');
const TOPIC = sourceOf(',"topic":');
const TIME = sourceOf(',"time":');
const CLOSE_BRACE = 0x7d;
const LINE_FEED = 0x0a;
/** The keys, the numbers and the line end: everything but what is counted by itself. */
const MOST_BYTES_OF_KEYS = 160;

function encodeNdjson(into: LineBuffer, batch: Batch, skip: number, firstSeq: number, at: string): void {
  const { user, endpoint, messages, producer } = batch;
  const { count, spans } = messages;
  const source = sourceOf(
    `,"at":"${at}","user":${jsonLiteral(user)},"endpoint":${jsonLiteral(endpoint)},"message":`,
  );
  const numbering = producer === undefined ? undefined : sourceOf(`,"producer":"${producer.id}","number":`);
  const bytes = byteSource(messages.bytes);
  const firstNumber = producer?.first ?? 0;
  into.reserve(messages.bytes.length + (count - skip) * (MOST_BYTES_OF_KEYS + source.bytes.length));
  for (let index = skip; index < count; index += 1) {
    const base = index * SPAN_STRIDE;
    into.copy(BEGIN, 0, BEGIN.bytes.length);
    into.number(firstSeq + index - skip);
    into.copy(source, 0, source.bytes.length);
    into.copy(bytes, spans[base] ?? 0, spans[base + 1] ?? 0);
    copyField(into, TOPIC, bytes, spans[base + 2] ?? 0, spans[base + 3] ?? 0);
    copyField(into, TIME, bytes, spans[base + 4] ?? 0, spans[base + 5] ?? 0);
    if (numbering !== undefined) {
      into.copy(numbering, 0, numbering.bytes.length);
      into.number(firstNumber + index);
    }
    into.byte(CLOSE_BRACE);
    into.byte(LINE_FEED);
  }
}

function copyField(into: LineBuffer, key: ByteSource, bytes: ByteSource, begin: number, end: number): void {
  if (begin === end) return;
  into.copy(key, 0, key.bytes.length);
  into.copy(bytes, begin, end);
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
