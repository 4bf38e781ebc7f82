import {
  checkedRecord,
  jsonLiteral,
  type Batch,
  type DumpRecord,
  type RecordFormat,
} from './record-format.js';

/** One JSON object a line, its keys in the order of contract 1; keys that are not known are passed over. */
export const ndjsonFormat: RecordFormat = {
  fileName: 'dump.ndjson',
  header: '',
  encode: encodeNdjson,
  decode: decodeNdjson,
};

function encodeNdjson(batch: Batch, firstSeq: number, at: string): string {
  const source = `,"at":"${at}","user":${jsonLiteral(batch.user)},"endpoint":${jsonLiteral(batch.endpoint)},"message":`;
  let lines = '';
  let seq = firstSeq;
  for (const message of batch.messages) {
    lines += `{"seq":${String(seq)}${source}${jsonLiteral(message)}}\n`;
    seq += 1;
  }
  return lines;
}

function decodeNdjson(line: string): DumpRecord | undefined {
  const value = parseJson(line);
  if (typeof value !== 'object' || value === null) return undefined;
  const { seq, at, user, endpoint, message } = value as Partial<Record<keyof DumpRecord, unknown>>;
  return checkedRecord(seq, at, user, endpoint, message);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
