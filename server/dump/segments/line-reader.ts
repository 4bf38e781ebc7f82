import type { RecordFormat } from '../format/record-format.js';
import { readIsoTime } from './iso-time.js';
import { noteInMark, type GrowingMark, type ProducerMarks } from './producer-marks.js';

/** Reads of a line what segments are searched by. After {@link read} has answered true, `seq` and `at` are the record's. */
export interface LineReader {
  readonly seq: number;
  /** In ms since 1970. */
  readonly at: number;
  /** Whether what stands between two positions is a record; its producer's number then is in the marks. */
  read(line: Buffer, start: number, end: number): boolean;
}

/** The reader for a format. Producers' numbers go into `marks`. */
export function createLineReader(format: RecordFormat, marks: ProducerMarks): LineReader {
  const decoding = new DecodingReader(format, marks);
  return format.header === '' ? new NdjsonReader(decoding, marks) : decoding;
}

/** Reads a line of any format by decoding the whole of it. */
class DecodingReader implements LineReader {
  seq = 0;
  at = 0;
  readonly #format: RecordFormat;
  readonly #marks: ProducerMarks;

  constructor(format: RecordFormat, marks: ProducerMarks) {
    this.#format = format;
    this.#marks = marks;
  }

  read(line: Buffer, start: number, end: number): boolean {
    const record = this.#format.decode(line.toString('utf8', start, end));
    if (record === undefined) return false;
    this.seq = record.seq;
    this.at = Date.parse(record.at);
    const { producer, number, user } = record;
    if (producer !== undefined && number !== undefined)
      this.#marks.note({ user, id: producer, last: number, at: this.at, seq: this.seq });
    return true;
  }
}

const ZERO = 0x30;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const HEAD = Buffer.from('{"seq":');
const AT = Buffer.from(',"at":"');
const USER = Buffer.from('","user":"');
const PRODUCER = Buffer.from(',"producer":"');
const NUMBER = Buffer.from('","number":');
const AT_LENGTH = 24;
const UUID_LENGTH = 36;

/**
 * Reads the number and the time from the beginning of an ndjson line and the producer from its end, without parsing
 * what is between them: that is what makes a scan fast. A line with another beginning is decoded.
 */
class NdjsonReader implements LineReader {
  seq = 0;
  at = 0;
  readonly #decoding: LineReader;
  readonly #marks: ProducerMarks;
  // Producers by some bytes of their ids, so that most records need no text made of theirs.
  readonly #recent: (RecentProducer | undefined)[] = new Array<undefined>(RECENT_SLOTS).fill(undefined);

  constructor(decoding: LineReader, marks: ProducerMarks) {
    this.#decoding = decoding;
    this.#marks = marks;
  }

  read(line: Buffer, start: number, end: number): boolean {
    const userStart = line[end - 1] === CLOSE ? this.#readHead(line, start) : 0;
    if (userStart > 0 && userStart < end) {
      if (isDigit(line[end - 2])) this.#readProducer(line, userStart, end - 1);
      return true;
    }
    if (line[start] !== OPEN || !this.#decoding.read(line, start, end)) return false;
    this.seq = this.#decoding.seq;
    this.at = this.#decoding.at;
    return true;
  }

  // Answers where the user's name begins; 0 where the line begins differently.
  #readHead(line: Buffer, start: number): number {
    if (!holds(line, start, HEAD)) return 0;
    let position = start + HEAD.length;
    let seq = 0;
    for (; isDigit(line[position]); position += 1) seq = seq * 10 + (line[position] ?? 0) - ZERO;
    if (seq === 0 || !Number.isSafeInteger(seq) || line[start + HEAD.length] === ZERO) return 0;
    if (!holds(line, position, AT)) return 0;
    position += AT.length;
    const at = readIsoTime(line, position);
    if (Number.isNaN(at) || !holds(line, position + AT_LENGTH, USER)) return 0;
    this.seq = seq;
    this.at = at;
    return position + AT_LENGTH + USER.length;
  }

  #readProducer(line: Buffer, userStart: number, digitsEnd: number): void {
    let digits = digitsEnd;
    while (isDigit(line[digits - 1])) digits -= 1;
    const idEnd = digits - NUMBER.length;
    const idStart = idEnd - UUID_LENGTH;
    if (idStart < userStart || !holds(line, idEnd, NUMBER)) return;
    if (!holds(line, idStart - PRODUCER.length, PRODUCER)) return;
    const userEnd = endOfText(line, userStart);
    const number = digitsAt(line, digits, digitsEnd);
    if (number === 0 || !Number.isSafeInteger(number)) return;
    const slot = slotOf(line, idStart);
    const recent = this.#recent[slot];
    if (recent !== undefined && isOf(recent.source, line, userStart, userEnd, idStart)) {
      noteInMark(recent.mark, number, this.at, this.seq);
    } else this.#recent[slot] = this.#note(line, userStart, userEnd, idStart, number);
  }

  #note(line: Buffer, userStart: number, userEnd: number, idStart: number, number: number): RecentProducer {
    const id = line.subarray(idStart, idStart + UUID_LENGTH);
    const user = line.subarray(userStart, userEnd);
    const mark = this.#marks.of(textOf(user.toString('utf8')), id.toString('latin1'));
    noteInMark(mark, number, this.at, this.seq);
    return { source: Buffer.concat([id, user]), mark };
  }
}

interface RecentProducer {
  /** The bytes of its id, then those of the user's name. */
  readonly source: Buffer;
  readonly mark: GrowingMark;
}

const RECENT_SLOTS = 256;

// Ids are random somewhere: at their beginning or at their end.
function slotOf(line: Buffer, idStart: number): number {
  let hash = 0;
  for (let index = 0; index < UUID_LENGTH; index += 5) hash = (hash * 31 + (line[idStart + index] ?? 0)) | 0;
  return (
    (hash * 31 + (line[idStart + UUID_LENGTH - 2] ?? 0) * 7 + (line[idStart + 7] ?? 0)) & (RECENT_SLOTS - 1)
  );
}

function isOf(source: Buffer, line: Buffer, userStart: number, userEnd: number, idStart: number): boolean {
  if (source.length !== UUID_LENGTH + userEnd - userStart) return false;
  for (let index = 0; index < UUID_LENGTH; index += 1) {
    if (source[index] !== line[idStart + index]) return false;
  }
  for (let index = UUID_LENGTH; index < source.length; index += 1) {
    if (source[index] !== line[userStart + index - UUID_LENGTH]) return false;
  }
  return true;
}

function digitsAt(line: Buffer, start: number, end: number): number {
  let value = 0;
  for (let position = start; position < end; position += 1) value = value * 10 + (line[position] ?? 0) - ZERO;
  return value;
}

function textOf(literal: string): string {
  if (!literal.includes('\\')) return literal;
  try {
    return String(JSON.parse(`"${literal}"`));
  } catch {
    return literal;
  }
}

// Where the closing quote of a JSON string stands.
function endOfText(line: Buffer, start: number): number {
  let position = start;
  while (position < line.length && line[position] !== QUOTE) position += line[position] === BACKSLASH ? 2 : 1;
  return position;
}

function holds(line: Buffer, start: number, bytes: Buffer): boolean {
  for (let index = 0; index < bytes.length; index += 1) {
    if (line[start + index] !== bytes[index]) return false;
  }
  return true;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= ZERO + 9;
}
