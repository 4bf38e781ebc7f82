import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'libsql';
import { readDump, readWholeDump, type SeenRecord } from './dump-records.js';
import { runProgram } from './gatherd-program.js';
import { hashOf, keyOf, type Ledger, type LedgerEntry } from './ledger.js';

/** What a dump should hold beside the ledger's messages. */
export interface Expectations {
  /** Messages that were sent without a ledger, each exactly once, in any order. */
  readonly others?: readonly string[];
  /** The number of the first record. */
  readonly firstSeq?: number;
}

const MOST_SHOWN = 10;

/**
 * Holds what senders were told against what is in the dump, and throws where promise 1 is broken: what was
 * acknowledged is there exactly once, equal and in its sender's order; what was rejected is not there; what got no
 * answer is there at most once; a request's messages are there all or not at all; each line is a record; the numbers
 * go up by one; `gatherd verify` finds nothing; and the database beside it is sound.
 *
 * @param paths - the dump's files, oldest first
 */
export async function checkDump(
  ledger: Ledger,
  paths: string | readonly string[],
  expectations: Expectations = {},
): Promise<void> {
  const problems: string[] = [];
  const records: SeenRecord[] = [];
  const files = typeof paths === 'string' ? [paths] : paths;
  for (const path of files) {
    for (const record of await readDump(path, problems)) records.push(record);
    problems.push(...(await problemsOfVerify(path)));
  }
  problems.push(...problemsOfNumbers(records, expectations.firstSeq ?? 1));
  problems.push(...compare(ledger, records, expectations.others ?? []));
  problems.push(...problemsOfDatabase(join(dirname(files[0] ?? ''), 'gatherd.db')));
  if (problems.length === 0) return;
  const shown = problems.slice(0, MOST_SHOWN).join('\n');
  throw new Error(`${String(problems.length)} problems with ${files.join(', ')}:\n${shown}`);
}

/**
 * The same for a whole dump with its closed segments, packed or not; a producer's numbers go up by one from 1 in it, and
 * are those of its sender's messages.
 *
 * @param dump - the live file
 */
export async function checkWholeDump(
  ledger: Ledger,
  dump: string,
  expectations: Expectations = {},
): Promise<void> {
  const problems: string[] = [];
  const records = await readWholeDump(dump, problems);
  problems.push(...problemsOfNumbers(records, expectations.firstSeq ?? 1));
  problems.push(...problemsOfProducers(records));
  problems.push(...compare(ledger, records, expectations.others ?? []));
  problems.push(...problemsOfDatabase(join(dirname(dump), 'gatherd.db')));
  const format = dump.endsWith('.csv') ? 'csv' : 'ndjson';
  const verify = ['verify', '--json', '--data-dir', dirname(dump), '--dump-format', format];
  const { code, stdout } = await runProgram(verify);
  if (code !== 0) problems.push(`gatherd verify says: ${stdout}`);
  if (problems.length === 0) return;
  const shown = problems.slice(0, MOST_SHOWN).join('\n');
  throw new Error(`${String(problems.length)} problems with the whole of ${dump}:\n${shown}`);
}

/** What is wrong with the numbers of producers. */
export function problemsOfProducers(records: readonly SeenRecord[]): string[] {
  const problems: string[] = [];
  const last = new Map<string, number>();
  for (const { seq, user, producer, number = 0 } of records) {
    if (producer === undefined) continue;
    const key = `${user} ${producer}`;
    const expected = (last.get(key) ?? 0) + 1;
    if (number !== expected)
      problems.push(`Record ${String(seq)} has number ${String(number)}, and not ${String(expected)}`);
    last.set(key, number);
  }
  return problems;
}

/** What is wrong with the records, given what was sent and answered. */
export function compare(
  ledger: Ledger,
  records: readonly SeenRecord[],
  others: readonly string[] = [],
): string[] {
  const problems: string[] = [];
  const seen = new Map<LedgerEntry, number>();
  const lastNumbers = new Map<number, number>();
  const unaccounted = [...others];
  for (let index = 0; index < records.length;) {
    const record = records[index];
    const entry = ledger.find(keyOf(record?.message ?? '') ?? '');
    if (entry === undefined) {
      const at = unaccounted.indexOf(record?.message ?? '');
      if (at === -1) problems.push(`Record ${String(record?.seq)} was sent by nobody`);
      else unaccounted.splice(at, 1);
      index += 1;
      continue;
    }
    const batch = records.slice(index, index + entry.count);
    if (!isEqual(entry, batch)) problems.push(`${entry.key} is not in the dump as it was sent`);
    if (entry.number < (lastNumbers.get(entry.sender) ?? 0)) problems.push(`${entry.key} is out of order`);
    lastNumbers.set(entry.sender, entry.number);
    seen.set(entry, (seen.get(entry) ?? 0) + 1);
    index += entry.count;
  }
  problems.push(...unaccounted.map((message) => `'${message}' is missing`));
  return [...problems, ...problemsOfOutcomes(ledger, seen)];
}

function isEqual(entry: LedgerEntry, batch: readonly SeenRecord[]): boolean {
  if (batch.some(({ user }) => user !== entry.user)) return false;
  return hashOf(batch.map(({ message }) => message)) === entry.hash;
}

function problemsOfOutcomes(ledger: Ledger, seen: ReadonlyMap<LedgerEntry, number>): string[] {
  const problems: string[] = [];
  for (const entry of ledger.entries) {
    const times = seen.get(entry) ?? 0;
    if (times > 1) problems.push(`${entry.key} (${entry.outcome}) is there ${String(times)} times`);
    if (times === 0 && entry.outcome === 'acknowledged')
      problems.push(`${entry.key} was acknowledged and is lost`);
    if (times > 0 && entry.outcome === 'rejected') problems.push(`${entry.key} was rejected and is there`);
  }
  return problems;
}

function problemsOfNumbers(records: readonly SeenRecord[], firstSeq: number): string[] {
  return records
    .filter(({ seq }, index) => seq !== firstSeq + index)
    .map(({ seq, message }) => `Number ${String(seq)} is not where it belongs: ${message.slice(0, 40)}`);
}

async function problemsOfVerify(path: string): Promise<string[]> {
  const { code, stdout } = await runProgram(['verify', '--json', path]);
  return code === 0 ? [] : [`gatherd verify says of ${path}: ${stdout}`];
}

function problemsOfDatabase(path: string): string[] {
  if (!existsSync(path)) return [`There is no ${path}`];
  const database = new Database(path);
  try {
    const rows: unknown = database.prepare('PRAGMA integrity_check').all();
    const isSound = JSON.stringify(rows) === '[{"integrity_check":"ok"}]';
    return isSound ? [] : [`The database is damaged: ${JSON.stringify(rows)}`];
  } finally {
    database.close();
  }
}
