import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';

/** A record as a reader of the dump sees it. */
export interface SeenRecord {
  readonly seq: number;
  readonly at: string;
  readonly user: string;
  readonly endpoint: string;
  readonly message: string;
}

const CSV_HEADER = 'timestamp,username,message,seq,endpoint';

/**
 * Reads a dump by nothing but its description in contract 1, not by the server's own code, which may be wrong in the
 * same way twice. Adds whatever is no whole record to the problems.
 */
export async function readDump(path: string, problems: string[]): Promise<SeenRecord[]> {
  const bytes = await readFile(path);
  if (!isUtf8(bytes)) problems.push(`${path} is not UTF-8`);
  if (bytes.includes(0)) problems.push(`${path} holds NUL bytes`);
  if (bytes.length === 0) return [];
  const lines = bytes.toString('utf8').split('\n');
  if (lines.pop() !== '') problems.push(`${path} does not end with a line end`);
  const isCsv = path.endsWith('.csv');
  if (isCsv && lines.shift() !== CSV_HEADER) problems.push(`${path} does not begin with the header`);
  const records: SeenRecord[] = [];
  for (const line of lines) {
    const record = isCsv ? recordOfCsv(line) : recordOfJson(line);
    if (record === undefined) problems.push(`${path} has a line that is no record: ${line.slice(0, 100)}`);
    else records.push(record);
  }
  return records;
}

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
  const [at, user = '', message = '', seq, endpoint = ''] = cells;
  if (cells.length !== 5) return undefined;
  return recordOf({
    seq: Number(seq),
    at,
    user: unquoted(user),
    endpoint: unquoted(endpoint),
    message: unquoted(message),
  });
}

// What begins with a quote, after RFC 4180 is done with it, is a JSON string literal.
function unquoted(cell: string): unknown {
  return cell.startsWith('"') ? parse(cell) : cell;
}

function recordOf(fields: Partial<Record<keyof SeenRecord, unknown>>): SeenRecord | undefined {
  const { seq, at, user, endpoint, message } = fields;
  if (typeof seq !== 'number' || !Number.isInteger(seq)) return undefined;
  if (typeof at !== 'string' || Number.isNaN(Date.parse(at))) return undefined;
  if (typeof user !== 'string' || typeof endpoint !== 'string' || typeof message !== 'string')
    return undefined;
  return { seq, at, user, endpoint, message };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
