import { isUtf8 } from 'node:buffer';
import type { MessageList } from '../../dump/message-log.js';

/** Makes messages of lines. */
export interface LineReader {
  /** Begins a list of the messages in these bytes, which are valid UTF-8. */
  open(bytes: Buffer): void;
  /** How many messages have been read. */
  readonly count: number;
  /** Reads the lines from here on that need no closer look; answers where the first one begins that does. */
  readPlainLines(begin: number): number;
  /** Reads one line, without its line end; answers why it is no message, or undefined. */
  readLine(begin: number, end: number): string | undefined;
  /** What has been read since the list was begun. */
  take(): MessageList;
}

/** What came of a run of lines. */
export interface ReadRun {
  readonly messages: MessageList;
  /** How many lines were read, those without a message included. */
  readonly lines: number;
  /** Why the line behind these is none; undefined where all are good. */
  readonly problem: string | undefined;
}

const LINE_FEED = 0x0a;

/** Reads whole lines up to the first that is malformed. The last one may lack its line end. */
export function readRun(reader: LineReader, run: Buffer): ReadRun {
  if (!isUtf8(run)) return readBrokenRun(reader, run);
  reader.open(run);
  let lines = 0;
  for (let begin = 0; begin < run.length;) {
    const known = reader.count;
    begin = reader.readPlainLines(begin);
    lines += reader.count - known;
    if (begin >= run.length) break;
    const lineEnd = run.indexOf(LINE_FEED, begin);
    const end = lineEnd === -1 ? run.length : lineEnd;
    const problem = reader.readLine(begin, end);
    if (problem !== undefined) return { messages: reader.take(), lines, problem };
    lines += 1;
    begin = end + 1;
  }
  return { messages: reader.take(), lines, problem: undefined };
}

// Up to the line that is not UTF-8, which no reader looks at.
function readBrokenRun(reader: LineReader, run: Buffer): ReadRun {
  let begin = 0;
  for (;;) {
    const lineEnd = run.indexOf(LINE_FEED, begin);
    const end = lineEnd === -1 ? run.length : lineEnd + 1;
    if (!isUtf8(run.subarray(begin, end))) break;
    begin = end;
  }
  const read = readRun(reader, run.subarray(0, begin));
  return read.problem === undefined ? { ...read, problem: 'is not valid UTF-8' } : read;
}
