import type { JsonValue } from '../../protocol/json-value.js';
import { jsonLiteral, onOneLine } from './format/json-literal.js';
import { SPAN_STRIDE, type MessageList } from './message-log.js';
import { RECORD_OVERHEAD } from './recovery/recovery-window.js';

const NOTHING: MessageList = { count: 0, bytes: new Uint8Array(), spans: new Int32Array() };

/**
 * Messages that are already values, as a list.
 *
 * @param fields - the topic and the sender's time of each of them
 */
export function messageList(
  messages: readonly JsonValue[],
  fields: { topic?: string | undefined; time?: string | undefined } = {},
): MessageList {
  return messages.length === 0 ? NOTHING : listOf(messages.map(literalOf), fields);
}

function listOf(
  texts: readonly string[],
  fields: { topic?: string | undefined; time?: string | undefined },
): MessageList {
  const topic = optionalLiteral(fields.topic);
  const time = optionalLiteral(fields.time);
  const bytes = Buffer.from(texts.join('') + topic + time);
  const timeBegin = bytes.length - Buffer.byteLength(time);
  const topicBegin = timeBegin - Buffer.byteLength(topic);
  const spans = new Int32Array(texts.length * SPAN_STRIDE);
  let begin = 0;
  for (const [index, text] of texts.entries()) {
    const base = index * SPAN_STRIDE;
    const end = begin + Buffer.byteLength(text);
    spans[base] = begin;
    spans[base + 1] = end;
    spans[base + 2] = topicBegin;
    spans[base + 3] = timeBegin;
    spans[base + 4] = timeBegin;
    spans[base + 5] = bytes.length;
    begin = end;
  }
  return { count: texts.length, bytes, spans };
}

/** A message that is not a text, as a list. @param json - as its sender wrote it: no digit of its numbers is lost */
export function messageListOfJson(
  json: string,
  fields: { topic?: string | undefined; time?: string | undefined },
): MessageList {
  return listOf([onOneLine(json)], fields);
}

/** About how many bytes messages take in the dump. */
export function weightOf({ bytes, count }: MessageList): number {
  return bytes.length + count * RECORD_OVERHEAD;
}

function literalOf(message: JsonValue): string {
  return typeof message === 'string' ? jsonLiteral(message) : onOneLine(JSON.stringify(message));
}

function optionalLiteral(text: string | undefined): string {
  return text === undefined ? '' : jsonLiteral(text);
}
