import type { DumpRecord, RecordFormat } from '../format/record-format.js';
import {
  boundsOf,
  isBetween,
  isNumberBetween,
  isWanted,
  type Bounds,
  type RecordQuery,
} from './record-query.js';

/** A wanted record and the line it was read from. */
export interface FoundRecord {
  readonly record: DumpRecord;
  /** As it stands in the dump, without its line end. */
  readonly line: string;
}

/** The wanted record in the bytes of a line, if there is one. */
export type LineFilter = (lines: BlockText, start: number, end: number) => FoundRecord | undefined;

/** The bytes of some lines, and the same with each byte as one character, which is faster to search. */
export interface BlockText {
  readonly bytes: Buffer;
  readonly latin1: string;
}

/** A cheap test that no line fails which holds a wanted record. */
type Prefilter = (line: string) => boolean;

/**
 * Makes the filter of a query: only lines that a look at their bytes lets through are parsed. A line that does not begin
 * as our writer begins one is always parsed, so that records of other programs are found too.
 */
export function createLineFilter(query: RecordQuery, format: RecordFormat): LineFilter {
  const bounds = boundsOf(query);
  const mayBeWanted =
    format.header === '' ? ndjsonPrefilter(query, bounds) : anywherePrefilter(query, '""message""');
  return ({ bytes, latin1 }, start, end) => {
    if (!mayBeWanted(latin1.slice(start, end))) return undefined;
    const line = bytes.toString('utf8', start, end);
    const record = format.decode(line);
    return record !== undefined && isWanted(query, bounds, record) ? { record, line } : undefined;
  };
}

// A line as our writer writes it, up to the message; the name and address have no escapes in them.
const HEAD =
  /^\{"seq":(\d{1,16}),"at":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)","user":"([^"\\]*)","endpoint":"[^"\\]*","message":/;

function ndjsonPrefilter(query: RecordQuery, bounds: Bounds): Prefilter {
  const user = query.user === undefined ? undefined : asLatin1(query.user);
  const topic = query.topic === undefined ? undefined : `"topic":"${query.topic}"`;
  const mayContain = containsPrefilter(query.contains);
  const isAnyTime = bounds.afterAt === -Infinity && bounds.beforeAt === Infinity;
  return (line) => {
    const head = HEAD.exec(line);
    if (head === null) return true;
    const [{ length }, seq = '', at = '', writtenUser] = head;
    if (!isNumberBetween(Number(seq), bounds)) return false;
    if (user !== undefined && writtenUser !== user) return false;
    if (!isAnyTime && !isBetween(Date.parse(at), bounds)) return false;
    if (topic !== undefined && !line.includes(topic, length) && !line.includes('\\', length)) return false;
    return mayContain(line, line.startsWith('"', length));
  };
}

// What is looked for stands in the line as it is, or with an escape somewhere. The text of a message that is no string
// may be written in many ways.
function containsPrefilter(contains: string | undefined): (line: string, isText: boolean) => boolean {
  if (contains === undefined) return () => true;
  const needle = asLatin1(contains);
  return (line, isText) => !isText || line.includes(needle) || line.includes('\\');
}

// For lines whose parts are not easily told from each other: each text stands somewhere, or there is an escape. A quote
// may be written twice.
function anywherePrefilter({ user, topic, contains }: RecordQuery, noText: string): Prefilter {
  const isSure = (text: string | undefined): text is string => text !== undefined && !text.includes('"');
  const texts = [user, topic].filter(isSure).map(asLatin1);
  const mayContain = containsPrefilter(isSure(contains) ? contains : undefined);
  return (line) => {
    if (line.includes('\\')) return true;
    return texts.every((text) => line.includes(text)) && mayContain(line, !line.includes(noText));
  };
}

function asLatin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
