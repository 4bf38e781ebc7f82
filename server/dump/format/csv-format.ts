import { cellOfJson, cellOfText, CSV_COLUMNS, CSV_HEADER } from '../../../protocol/csv-record.js';
import { SPAN_STRIDE, type Batch, type MessageList } from '../message-log.js';
import type { LineBuffer } from './line-buffer.js';
import { checkedRecord, type DumpRecord, type RecordFormat } from './record-format.js';

/**
 * RFC 4180 with a header and LF line ends. A text that is not plain (contract 1, "The dump file") stands as its JSON
 * string literal: it begins with a quote, which no plain text does, so the two cannot be mistaken for each other. A
 * message that is no text stands as `{"message":…}`, and no plain text begins with a brace.
 */
export const csvFormat: RecordFormat = {
  fileName: 'dump.csv',
  header: CSV_HEADER,
  // An escape of a separator takes six bytes.
  growth: 6,
  encode: encodeCsv,
  decode: decodeCsv,
};

function encodeCsv(into: LineBuffer, batch: Batch, skip: number, firstSeq: number, at: string): void {
  const { messages, producer } = batch;
  const user = cell(batch.user);
  const endpoint = cell(batch.endpoint);
  const first = producer?.first ?? 0;
  for (let index = skip; index < messages.count; index += 1) {
    const message = messageCell(messages, index);
    const topic = fieldCell(messages, index, 2);
    const time = fieldCell(messages, index, 4);
    const numbering = producer === undefined ? ',' : `${producer.id},${String(first + index)}`;
    const seq = String(firstSeq + index - skip);
    into.text(`${at},${user},${message},${seq},${endpoint},${topic},${time},${numbering}\n`);
  }
}

function messageCell(messages: MessageList, index: number): string {
  const json = jsonAt(messages, index, 0);
  if (json.startsWith('"')) return cell(JSON.parse(json) as string);
  return quoted(cellOfJson(json));
}

function fieldCell(messages: MessageList, index: number, field: number): string {
  const json = jsonAt(messages, index, field);
  return json === '' ? '' : cell(JSON.parse(json) as string);
}

function jsonAt({ bytes, spans }: MessageList, index: number, field: number): string {
  const base = index * SPAN_STRIDE + field;
  const begin = spans[base] ?? 0;
  const end = spans[base + 1] ?? 0;
  return Buffer.from(bytes.buffer, bytes.byteOffset + begin, end - begin).toString('utf8');
}

function cell(text: string): string {
  return quoted(cellOfText(text));
}

function quoted(text: string): string {
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function decodeCsv(line: string): DumpRecord | undefined {
  // A control character only stands in a JSON string literal: this is a hole.
  if (line.includes('\0')) return undefined;
  const cells = splitCells(line);
  if (cells?.length !== CSV_COLUMNS.length) return undefined;
  const [at, user = '', message = '', seq, endpoint = '', topic, time, producer, number] = cells;
  return checkedRecord({
    seq: numberIn(seq),
    at,
    user: plainText(user),
    endpoint: plainText(endpoint),
    message: messageIn(message),
    topic: optional(topic, plainText),
    time: optional(time, plainText),
    producer: optional(producer, plainText),
    number: optional(number, numberIn),
  });
}

// An empty cell is a field that is not there; one that cannot be read must not be taken for it.
function optional<Value>(cell = '', read: (cell: string) => Value | undefined): Value | null | undefined {
  return cell === '' ? undefined : (read(cell) ?? null);
}

function numberIn(cell = ''): number | undefined {
  return /^[1-9]\d*$/.test(cell) ? Number(cell) : undefined;
}

// Not by a regular expression, whose stack a cell of some megabytes overflows.
function splitCells(line: string): string[] | undefined {
  const cells: string[] = [];
  let start = 0;
  for (;;) {
    const isQuoted = line.startsWith('"', start);
    const end = isQuoted ? quotedEnd(line, start) : plainEnd(line, start);
    if (end === undefined) return undefined;
    cells.push(isQuoted ? line.slice(start + 1, end - 1).replaceAll('""', '"') : line.slice(start, end));
    if (end === line.length) return cells;
    if (!line.startsWith(',', end)) return undefined;
    start = end + 1;
  }
}

// Behind the first quote that is not doubled.
function quotedEnd(line: string, start: number): number | undefined {
  for (let quote = line.indexOf('"', start + 1); quote !== -1; quote = line.indexOf('"', quote + 2)) {
    if (!line.startsWith('"', quote + 1)) return quote + 1;
  }
  return undefined;
}

function plainEnd(line: string, start: number): number | undefined {
  const comma = line.indexOf(',', start);
  const end = comma === -1 ? line.length : comma;
  return line.slice(start, end).includes('"') ? undefined : end;
}

function messageIn(written: string): unknown {
  if (!written.startsWith('{')) return plainText(written);
  const wrapped = parseJson(written);
  return typeof wrapped === 'object' && wrapped !== null && 'message' in wrapped
    ? wrapped.message
    : undefined;
}

function plainText(written: string): string | undefined {
  if (!written.startsWith('"')) return written;
  const text = parseJson(written);
  return typeof text === 'string' ? text : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
