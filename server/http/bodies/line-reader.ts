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

/** What came of some lines. */
export interface ReadLines {
  readonly messages: MessageList;
  /** How many lines were read, those without a message included. */
  readonly lines: number;
  /** Why the line behind these is none; undefined where all are good. */
  readonly problem: string | undefined;
  /** Where the first line begins that was not read. */
  readonly end: number;
}

const LINE_FEED = 0x0a;
/** How much becomes one list, so that a commit stays of a size that recovery expects, whatever the lines are. */
const PIECE_BYTES = 128 * 1024;
const PIECE_MESSAGES = 8192;

/**
 * Reads whole lines from a position on, up to the first that is malformed, and no more than a piece of the run. The last
 * line of a run may lack its line end.
 */
export function readLines(reader: LineReader, run: Buffer, begin = 0): ReadLines {
  const piece = run.subarray(begin, endOfPiece(run, begin));
  const read = isUtf8(piece) ? readGood(reader, piece) : readBroken(reader, piece);
  return { ...read, end: begin + read.end };
}

function endOfPiece(run: Buffer, begin: number): number {
  if (run.length - begin <= PIECE_BYTES) return run.length;
  const lineEnd = run.lastIndexOf(LINE_FEED, begin + PIECE_BYTES - 1);
  const end = lineEnd >= begin ? lineEnd : run.indexOf(LINE_FEED, begin);
  return end === -1 ? run.length : end + 1;
}

function readGood(reader: LineReader, piece: Buffer): ReadLines {
  reader.open(piece);
  let lines = 0;
  let begin = 0;
  while (begin < piece.length && reader.count < PIECE_MESSAGES) {
    const known = reader.count;
    begin = reader.readPlainLines(begin);
    lines += reader.count - known;
    if (begin >= piece.length) break;
    const lineEnd = piece.indexOf(LINE_FEED, begin);
    const end = lineEnd === -1 ? piece.length : lineEnd;
    const problem = reader.readLine(begin, end);
    if (problem !== undefined) return { messages: reader.take(), lines, problem, end: begin };
    lines += 1;
    begin = end + 1;
  }
  return { messages: reader.take(), lines, problem: undefined, end: Math.min(begin, piece.length) };
}

// Up to the line that is not UTF-8, which no reader looks at.
function readBroken(reader: LineReader, piece: Buffer): ReadLines {
  let begin = 0;
  for (;;) {
    const lineEnd = piece.indexOf(LINE_FEED, begin);
    const end = lineEnd === -1 ? piece.length : lineEnd + 1;
    if (!isUtf8(piece.subarray(begin, end))) break;
    begin = end;
  }
  const read = readGood(reader, piece.subarray(0, begin));
  return read.problem === undefined && read.end === begin ? { ...read, problem: 'is not valid UTF-8' } : read;
}
