import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { InvalidArgumentError, Option } from 'commander';
import { storedMessagesQuery } from '../../protocol/stored-messages.js';
import { DUMP_FORMATS } from '../dump/format/dump-formats.js';
import { jsonLiteral, onOneLine } from '../dump/format/json-literal.js';
import type { RecordFormat } from '../dump/format/record-format.js';
import { cutBlocks } from '../dump/reading/cut-blocks.js';
import type { FoundRecord } from '../dump/reading/line-filter.js';
import type { ReadableDump } from '../dump/reading/readable-dump.js';
import { createRecordJson, type RecordJson } from '../dump/reading/record-json.js';
import type { RecordQuery } from '../dump/reading/record-query.js';
import { scanDump } from '../dump/reading/scan-dump.js';
import { createSegmentedDump, type LiveFile } from '../dump/reading/segmented-dump.js';
import { queryOf } from '../features/messages/query-filters.js';

/** The options of `gatherd query` as they were given: each is checked already. */
export type QueryOptions = Readonly<Partial<Record<string, string | boolean>>>;

const FILTERS = storedMessagesQuery.omit({ cursor: true, limit: true });
const CHUNK_CHARACTERS = 64 * 1024;

/** The options of `gatherd query`, for its command. What cannot be is a usage error. */
export function queryOptions(): Option[] {
  return [
    filterOption('after', '<NUMBER|TIME>', 'only records behind this number or time'),
    filterOption('before', '<NUMBER|TIME>', 'only records before this number or time'),
    filterOption('user', '<NAME>', 'only records of this user, as the dump names it'),
    filterOption('topic', '<TOPIC>', 'only records of this topic'),
    filterOption('contains', '<TEXT>', 'only records whose message has this text'),
    filterOption('order', '<ORDER>', 'oldest (default) or newest first'),
    new Option('--limit <COUNT>', 'the most records; all without it').argParser(countOf),
    new Option(
      '--json',
      'a JSON object a line, as in an ndjson dump; so it is too where no terminal reads it',
    ),
  ];
}

/**
 * Writes the wanted records of a dump, in constant memory, also while a server writes the dump. Ends quietly when
 * nobody reads any more.
 *
 * @param dumpPath - the live file; the closed segments are beside it
 * @param isTerminal - whether a person reads: a text then, in which nothing is obeyed by a terminal
 * @throws Node's error where there is no dump, or a file cannot be read
 */
export async function query(
  dumpPath: string,
  options: QueryOptions,
  output: { out: Writable; isTerminal: boolean; signal: AbortSignal },
): Promise<void> {
  const format = dumpPath.endsWith('.csv') ? DUMP_FORMATS.csv : DUMP_FORMATS.ndjson;
  const dump = createSegmentedDump({ dumpPath, format, live: () => liveFile(dumpPath, format) });
  if ((await dump.segments()).length === 0) await stat(dumpPath);
  const present = presentation(createRecordJson(format), options['json'] === true, output.isTerminal);
  const limit = options['limit'] === undefined ? Infinity : Number(options['limit']);
  const lines = linesOf(dump, format, wantedBy(options), limit, present);
  await writeAll(lines, output.out, output.signal);
}

/** Writes what comes, each when the one before has been taken, until nobody reads any more. */
async function writeAll(chunks: AsyncIterable<string>, out: Writable, signal: AbortSignal): Promise<void> {
  // What goes wrong is told to the writes too.
  const ignore = () => undefined;
  out.on('error', ignore);
  try {
    for await (const chunk of chunks) {
      if (signal.aborted) return;
      await writeTo(out, chunk);
    }
  } catch (error) {
    if (!isQuietEnd(error)) throw error;
  } finally {
    out.off('error', ignore);
  }
}

function writeTo(out: Writable, chunk: string): Promise<void> {
  return new Promise((resolve, reject) => {
    out.write(chunk, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

async function* linesOf(
  dump: ReadableDump,
  format: RecordFormat,
  wanted: RecordQuery,
  limit: number,
  present: RecordJson,
): AsyncGenerator<string> {
  let left = limit;
  let chunk = '';
  for await (const { found } of scanDump(dump, format, wanted)) {
    for (const each of found.slice(0, left)) chunk += `${present(each)}\n`;
    left -= found.length;
    if (chunk.length < CHUNK_CHARACTERS && left > 0) continue;
    if (chunk !== '') yield chunk;
    chunk = '';
    if (left <= 0) return;
  }
  if (chunk !== '') yield chunk;
}

// No index of it is there for others: only its whole lines count, and the times of its blocks are not known.
async function liveFile(path: string, format: RecordFormat): Promise<LiveFile> {
  try {
    const blocks = await cutBlocks(path, format);
    return { path, first: blocks[0]?.first ?? 0, last: Number.MAX_SAFE_INTEGER, blocks };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    // It may be about to be made anew; but where there is no directory, there is no dump.
    await stat(dirname(path));
    return { path, first: 0, last: 0, blocks: [] };
  }
}

function presentation(jsonOf: RecordJson, isJson: boolean, isTerminal: boolean): RecordJson {
  if (!isTerminal) return jsonOf;
  // What another program wrote may have in it what a terminal obeys.
  return isJson ? (found) => onOneLine(jsonOf(found)) : asText;
}

function asText({ record }: FoundRecord): string {
  const { at, user, topic, message } = record;
  const text =
    typeof message === 'string' ? unquoted(jsonLiteral(message)) : onOneLine(JSON.stringify(message));
  const where = topic === undefined ? '' : ` [${unquoted(jsonLiteral(topic))}]`;
  return `${at} ${unquoted(jsonLiteral(user))}${where} ${text}`;
}

function unquoted(literal: string): string {
  return literal.slice(1, -1).replaceAll('\\"', '"');
}

function wantedBy(options: QueryOptions): RecordQuery {
  const given = Object.keys(FILTERS.shape).filter((name) => options[name] !== undefined);
  const values = Object.fromEntries(given.map((name) => [name, options[name]]));
  return queryOf(FILTERS.parse({ order: 'oldest', ...values }));
}

function filterOption(name: keyof typeof FILTERS.shape, placeholder: string, help: string): Option {
  return new Option(`--${name} ${placeholder}`, help).argParser((text) => {
    const parsed = FILTERS.shape[name].safeParse(text);
    if (parsed.success) return text;
    throw new InvalidArgumentError(`It ${String(parsed.error.issues[0]?.message)}.`);
  });
}

function countOf(text: string): string {
  if (/^[1-9]\d{0,14}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be a number from 1.');
}

// Whoever has read enough, as `head`, needs no error.
function isQuietEnd(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED';
}
