import { isUtf8 } from 'node:buffer';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** A record as a reader of the dump sees it. A message that is no text is its JSON. */
export interface SeenRecord {
  readonly seq: number;
  readonly at: string;
  readonly user: string;
  readonly endpoint: string;
  readonly message: string;
  readonly topic?: string;
  readonly time?: string;
  readonly producer?: string;
  readonly number?: number;
}

const CSV_HEADER = 'timestamp,username,message,seq,endpoint,topic,time,producer,number';
const CSV_CELLS = CSV_HEADER.split(',').length;
const CLOSED_SEGMENT = /^dump-\d{16}\.(?:ndjson|csv)(?:\.gz)?$/;

/** The files of a whole dump, oldest first: the closed segments, packed or not, and the live one. */
export async function dumpFiles(dump: string): Promise<string[]> {
  const directory = dirname(dump);
  const names = await readdir(directory);
  const closed = names.filter((name) => CLOSED_SEGMENT.test(name)).sort();
  // While one is packed it is there twice; the plain one is deleted when the packed one is whole.
  const once = closed.filter((name) => !closed.includes(name.replace(/\.gz$/, '')) || !name.endsWith('.gz'));
  return [...once.map((name) => join(directory, name)), ...(names.includes(basename(dump)) ? [dump] : [])];
}

/** Reads a whole dump, segment by segment. */
export async function readWholeDump(dump: string, problems: string[]): Promise<SeenRecord[]> {
  const files: SeenRecord[][] = [];
  for (const file of await dumpFiles(dump)) files.push(await readDump(file, problems));
  return files.flat();
}

/** Reads a file of a dump, unpacked. One that has been packed since it was listed is there packed. */
export async function readDumpFile(path: string): Promise<Buffer> {
  if (path.endsWith('.gz')) return gunzipSync(await readFile(path));
  return readFile(path).catch((error: unknown) => {
    if (!existsSync(`${path}.gz`)) throw error;
    return readDumpFile(`${path}.gz`);
  });
}

/**
 * Reads a dump by nothing but its description in contract 1, not by the server's own code, which may be wrong in the
 * same way twice. Adds whatever is no whole record to the problems.
 */
export async function readDump(path: string, problems: string[]): Promise<SeenRecord[]> {
  const bytes = await readDumpFile(path);
  if (!isUtf8(bytes)) problems.push(`${path} is not UTF-8`);
  if (bytes.includes(0)) problems.push(`${path} holds NUL bytes`);
  if (bytes.length === 0) return [];
  const lines = bytes.toString('utf8').split('\n');
  if (lines.pop() !== '') problems.push(`${path} does not end with a line end`);
  const isCsv = /\.csv(?:\.gz)?$/.test(path);
  if (isCsv && lines.shift() !== CSV_HEADER) problems.push(`${path} does not begin with the header`);
  const records: SeenRecord[] = [];
  for (const line of lines) {
    const record = isCsv ? recordOfCsv(line) : recordOfJson(line);
    if (record === undefined || DANGEROUS.test(line))
      problems.push(`${path} has a line that is no record: ${line.slice(0, 100)}`);
    else records.push(record);
  }
  return records;
}

// What ends a line or what a terminal obeys.
const DANGEROUS = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/u;

function recordOfJson(line: string): SeenRecord | undefined {
  const value = parse(line);
  if (typeof value !== 'object' || value === null) return undefined;
  return recordOf(value);
}

function recordOfCsv(line: string): SeenRecord | undefined {
  const cells: string[] = [];
  let rest = `${line},`;
  while (rest !== '') {
    const match = /^(?:"([^"]*(?:""[^"]*)*)"|([^",]*)),/.exec(rest);
    if (match === null) return undefined;
    cells.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    rest = rest.slice(match[0].length);
  }
  const [at, user = '', message = '', seq, endpoint = '', topic, time, producer, number] = cells;
  if (cells.length !== CSV_CELLS) return undefined;
  return recordOf({
    seq: Number(seq),
    at,
    user: unquoted(user),
    endpoint: unquoted(endpoint),
    message: messageOf(message),
    ...(topic === '' ? {} : { topic }),
    ...(time === '' ? {} : { time }),
    ...(producer === '' ? {} : { producer, number: Number(number) }),
  });
}

// A message that is no text stands as {"message":VALUE}.
function messageOf(cell: string): unknown {
  if (!cell.startsWith('{')) return unquoted(cell);
  const wrapped = parse(cell) as { message?: unknown } | undefined;
  return wrapped?.message;
}

// What begins with a quote, after RFC 4180 is done with it, is a JSON string literal.
function unquoted(cell: string): unknown {
  return cell.startsWith('"') ? parse(cell) : cell;
}

function recordOf(fields: Partial<Record<keyof SeenRecord, unknown>>): SeenRecord | undefined {
  const { seq, at, user, endpoint, message, topic, time, producer, number } = fields;
  if (typeof seq !== 'number' || !Number.isInteger(seq)) return undefined;
  if (typeof at !== 'string' || Number.isNaN(Date.parse(at))) return undefined;
  if (typeof user !== 'string' || typeof endpoint !== 'string' || message === undefined) return undefined;
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  return {
    ...{ seq, at, user, endpoint, message: text },
    ...(typeof topic === 'string' ? { topic } : {}),
    ...(typeof time === 'string' ? { time } : {}),
    ...(typeof producer === 'string' && typeof number === 'number' ? { producer, number } : {}),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
