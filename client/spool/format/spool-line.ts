import { crc32 } from 'node:zlib';
import { parseSource, parseSources, type SourcePosition } from './source-position.js';

/**
 * A line of a segment. Each ends with LF and is `crc TAB kind TAB …`, where crc is the CRC-32 of all that follows the
 * first TAB, as 8 hex digits. No field holds a TAB or LF: JSON escapes both.
 *
 *     h  sources                                  the first line: how far each followed file was when the segment began
 *     r  position  group  writer  item  source    a message; source is empty where it was not read from a file
 *     m  group  writer  source                    a checkpoint without a message
 *     s                                           the last line: what comes after it does not count
 */
export type SpoolLine =
  | { readonly kind: 'header'; readonly sources: readonly SourcePosition[] }
  | RecordLine
  | MarkLine
  | { readonly kind: 'seal' };

/** What was written with one write has one group and writer: the position that it began with, and who wrote it. */
interface Grouped {
  readonly group: number;
  readonly writer: string;
}

export interface RecordLine extends Grouped {
  readonly kind: 'record';
  /** Its place in the spool, from 1; never given twice. */
  readonly position: number;
  /** What is sent for it: a JSON object on one line. */
  readonly item: string;
  readonly source: SourcePosition | undefined;
}

export interface MarkLine extends Grouped {
  readonly kind: 'mark';
  readonly source: SourcePosition;
}

const TAB = '\t';
const LINE_END = Buffer.from('\n');
const CRC_DIGITS = 8;

/** The bytes of a line, its LF included. */
export function encodeLine(line: SpoolLine): Buffer {
  const content = Buffer.from(fieldsOf(line).join(TAB));
  return Buffer.concat([Buffer.from(`${checksum(content)}${TAB}`), content, LINE_END]);
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
      return ['r', String(line.position), String(line.group), line.writer, line.item, source];
    }
    case 'mark':
      return ['m', String(line.group), line.writer, JSON.stringify(line.source)];
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
  r: ([position = '', group = '', writer = '', item = '', text = '']) => {
    const source = text === '' ? undefined : parseSource(text);
    if (text !== '' && source === undefined) return undefined;
    return { kind: 'record', position: Number(position), group: Number(group), writer, item, source };
  },
  m: ([group = '', writer = '', text = '']) => {
    const source = parseSource(text);
    return source === undefined ? undefined : { kind: 'mark', group: Number(group), writer, source };
  },
  s: () => ({ kind: 'seal' }),
};
