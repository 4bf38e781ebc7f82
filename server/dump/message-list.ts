import type { JsonValue } from '../../protocol/json-value.js';
import { jsonLiteral, onOneLine } from './format/json-literal.js';
import { SPAN_STRIDE, type MessageList } from './message-log.js';
import { RECORD_OVERHEAD } from './recovery/recovery-window.js';

const NOTHING: MessageList = { count: 0, bytes: new Uint8Array(), spans: new Int32Array() };

/** Messages that are already values, as a list. */
export function messageList(messages: readonly JsonValue[]): MessageList {
  if (messages.length === 0) return NOTHING;
  const spans = new Int32Array(messages.length * SPAN_STRIDE);
  const texts = messages.map(literalOf);
  const bytes = Buffer.from(texts.join(''));
  let begin = 0;
  for (const [index, text] of texts.entries()) {
    const end = begin + Buffer.byteLength(text);
    spans[index * SPAN_STRIDE] = begin;
    spans[index * SPAN_STRIDE + 1] = end;
    begin = end;
  }
  return { count: messages.length, bytes, spans };
}

/** One message with what may stand beside it. */
export interface MessageItem {
  readonly message: JsonValue;
  /** As `TOPIC` and `TIME` of the protocol have them. */
  readonly topic?: string | undefined;
  readonly time?: string | undefined;
}

/** One message that is already a value, with its topic and time, as a list. */
export function itemList({ message, topic, time }: MessageItem): MessageList {
  const parts = [literalOf(message), ...[topic, time].map((text = '') => text && jsonLiteral(text))];
  const spans = new Int32Array(SPAN_STRIDE);
  let end = 0;
  for (const [index, text] of parts.entries()) {
    spans[index * 2] = end;
    end += Buffer.byteLength(text);
    spans[index * 2 + 1] = end;
  }
  return { count: 1, bytes: Buffer.from(parts.join('')), spans };
}

/** About how many bytes messages take in the dump. */
export function weightOf({ bytes, count }: MessageList): number {
  return bytes.length + count * RECORD_OVERHEAD;
}

function literalOf(message: JsonValue): string {
  return typeof message === 'string' ? jsonLiteral(message) : onOneLine(JSON.stringify(message));
}
