import { crc32 } from 'node:zlib';
import { parseSource, parseSources, type SourcePosition } from './source-position.js';

/**
 * A line of a segment. Each ends with LF and is `crc TAB kind TAB …`, where crc is the CRC-32 of all that follows the
 * first TAB, as 8 hex digits. No field holds a TAB or LF: JSON escapes both.
 *
 *     h  sources                                   the first line: how far each followed file was when the segment began
 *     r  position  group  writer  source  item …   messages that are there together or not at all, from this position on,
 *                                                  and how far a file was taken with them; none, or no source, where empty
 *     s                                            the last line: what comes after it does not count
 */
export type SpoolLine =
  | { readonly kind: 'header'; readonly sources: readonly SourcePosition[] }
  | RecordLine
  | { readonly kind: 'seal' };

export interface RecordLine {
  readonly kind: 'record';
  /** The place of its first message in the spool, from 1; never given twice. The others follow by one. */
  readonly position: number;
  /** What was written with one write has one group and writer: the position that it began with, and who wrote it. */
  readonly group: number;
  readonly writer: string;
  /** How far a followed file has been taken with these messages. */
  readonly source: SourcePosition | undefined;
  /** What is sent for each message: a JSON object on one line. */
  readonly items: readonly string[];
}

/** A message in the spool. */
export interface SpoolMessage {
  readonly position: number;
  readonly item: string;
}

const TAB = '\t';
const LF = 0x0a;
const CRC_DIGITS = 8;

/** The bytes of a line, its LF included. */
export function encodeLine(line: SpoolLine): Buffer {
  const content = fieldsOf(line).join(TAB);
  const bytes = Buffer.allocUnsafe(CRC_DIGITS + 2 + Buffer.byteLength(content));
  bytes.write(content, CRC_DIGITS + 1);
  bytes.write(`${checksum(bytes.subarray(CRC_DIGITS + 1, -1))}${TAB}`, 'latin1');
  bytes[bytes.length - 1] = LF;
  return bytes;
}

/** Reads a line without its LF; undefined where it is not exactly what `encodeLine` makes. */
export function decodeLine(bytes: Buffer): SpoolLine | undefined {
  const content = bytes.subarray(CRC_DIGITS + 1);
  if (bytes.toString('latin1', 0, CRC_DIGITS + 1) !== `${checksum(content)}${TAB}`) return undefined;
  const [kind, ...fields] = content.toString().split(TAB);
  return kind === undefined ? undefined : DECODERS[kind]?.(fields);
}

/** The CRC-32 of some bytes as 8 hex digits. */
export function checksum(bytes: Uint8Array): string {
  return crc32(bytes).toString(16).padStart(CRC_DIGITS, '0');
}

function fieldsOf(line: SpoolLine): string[] {
  switch (line.kind) {
    case 'header':
      return ['h', JSON.stringify(line.sources)];
    case 'record': {
      const source = line.source === undefined ? '' : JSON.stringify(line.source);
      return ['r', String(line.position), String(line.group), line.writer, source, ...line.items];
    }
    case 'seal':
      return ['s'];
  }
}

type Decoder = (fields: readonly string[]) => SpoolLine | undefined;

const DECODERS: Readonly<Record<string, Decoder>> = {
  h: ([text = '']) => {
    const sources = parseSources(text);
    return sources === undefined ? undefined : { kind: 'header', sources };
  },
  r: ([position = '', group = '', writer = '', text = '', ...items]) => {
    const source = text === '' ? undefined : parseSource(text);
    if (text !== '' && source === undefined) return undefined;
    return { kind: 'record', position: Number(position), group: Number(group), writer, source, items };
  },
  s: () => ({ kind: 'seal' }),
};

/** The messages of a line, each with its own position. */
export function messagesOf({ position, items }: RecordLine): SpoolMessage[] {
  return items.map((item, index) => ({ position: position + index, item }));
}
