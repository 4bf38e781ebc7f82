import type { DUMP_FORMATS } from '../format/dump-formats.js';
import { csvFormat } from '../format/csv-format.js';
import { LineBuffer } from '../format/line-buffer.js';
import { ndjsonFormat } from '../format/ndjson-format.js';
import type { DumpRecord } from '../format/record-format.js';

/**
 * The line of a record as the writer writes it, without its line end.
 *
 * @param isEscaped - whether its sender wrote its texts with escapes that are not needed
 */
export function lineOf(format: keyof typeof DUMP_FORMATS, record: DumpRecord, isEscaped = false): string {
  const { seq, at, user, endpoint, message, topic, time, producer, number } = record;
  const literal = (value: unknown) => (isEscaped ? escaped(JSON.stringify(value)) : JSON.stringify(value));
  const parts = [
    literal(message),
    topic === undefined ? '' : literal(topic),
    time === undefined ? '' : literal(time),
  ];
  const spans: number[] = [];
  let end = 0;
  for (const part of parts) {
    spans.push(end, end + Buffer.byteLength(part));
    end += Buffer.byteLength(part);
  }
  const batch = {
    user,
    endpoint,
    messages: { count: 1, bytes: Buffer.from(parts.join('')), spans: Int32Array.from(spans) },
    ...(producer === undefined ? {} : { producer: { id: producer, first: number ?? 1 } }),
  };
  const into = new LineBuffer(1024);
  (format === 'csv' ? csvFormat : ndjsonFormat).encode(into, batch, 0, seq, at);
  return into.written.toString('utf8').slice(0, -1);
}

// Each letter that is no part of an escape or of a word of JSON itself.
function escaped(json: string): string {
  return json.replace(/\\.|[alé]|null|true|false/gsu, (found) =>
    found.length === 1 ? `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}` : found,
  );
}
