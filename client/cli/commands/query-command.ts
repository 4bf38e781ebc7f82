import type { Command } from 'commander';
import { MAX_PAGE_RECORDS, type StoredRecord } from '../../../protocol/stored-messages.js';
import { storedPages } from '../../api/messages/stored-pages.js';
import { CliError, usageError } from '../cli-error.js';
import { type CommandContext, openApi, openMessagesApi, openSession } from '../command-context.js';
import type { CommandResult } from '../output/output.js';
import { recordLine } from '../output/record-line.js';
import { writeAll } from '../output/write-all.js';
import { addFilterOptions, type FilterFlags, filterOf } from '../stored/filter-options.js';
import { addCommonOptions, type RunCommand } from './common-options.js';

interface QueryFlags extends FilterFlags {
  readonly limit: string;
}

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000_000;

/** Adds `gather query`. */
export function addQueryCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('query')
    .summary('show messages that are stored')
    .description(
      'Shows stored messages, the newest first, a line each: number, time, sender, topic in brackets, message. What a terminal ' +
        'would obey is escaped. With --json, one JSON record a line, and nothing else where all goes well.',
    )
    .option('-n, --limit <count>', 'the most messages to show', String(DEFAULT_LIMIT));
  addFilterOptions(command, 'newest');
  addCommonOptions(command, {
    examples: [
      'gather query -n 20',
      "gather query --topic app --contains error --after '2026-11-21T00:00:00Z'",
      'gather query --json --order oldest | jq .message',
    ],
  });
  command.action((flags: QueryFlags) => run(command, (context) => query(context, flags)));
}

async function query(context: CommandContext, flags: QueryFlags): Promise<CommandResult> {
  const { io, output } = context;
  const atMost = limitOf(flags.limit);
  const filter = filterOf(flags);
  const stop = io.stopSignal();
  using api = openApi(context, { stop });
  using messages = openMessagesApi(context, { stop });
  const session = await openSession(context, api);
  const lineOf = (record: StoredRecord): string =>
    output.isJson ? JSON.stringify(record) : recordLine(record);
  const pages = storedPages({
    ask: (asked) => session.withToken((token) => messages.query(token, asked)),
    filter,
    atMost,
    pageSize: Math.min(atMost, MAX_PAGE_RECORDS),
    stop,
  });
  for await (const page of pages) {
    await writeAll(io.stdout, page.map((record) => `${lineOf(record)}\n`).join(''));
    // Whoever read has seen enough, `head` for example.
    if (io.stdout.destroyed) break;
  }
  if (stop.aborted) throw interrupted(stop);
  return { text: '', fields: undefined };
}

function limitOf(text: string): number {
  const limit = /^\d+$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw usageError(`--limit must be a number from 1 to ${String(MAX_LIMIT)}`);
}

function interrupted(stop: AbortSignal): CliError {
  return new CliError(stop.reason === 'SIGTERM' ? 'terminated' : 'interrupted', 'interrupted', 'Interrupted');
}
