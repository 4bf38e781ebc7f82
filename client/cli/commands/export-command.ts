import type { Command } from 'commander';
import { MAX_PAGE_RECORDS, type StoredRecord } from '../../../protocol/stored-messages.js';
import { storedPages } from '../../api/messages/stored-pages.js';
import { EXPORT_FORMATS, type ExportFormat } from '../../formats/export-formats.js';
import { CliError, usageError } from '../cli-error.js';
import { type CommandContext, openApi, openMessagesApi, openSession, ownerOf } from '../command-context.js';
import type { CommandResult } from '../output/output.js';
import { NO_PROGRESS_BAR, type ProgressBar, startProgressBar } from '../output/progress-bar.js';
import { writeAll } from '../output/write-all.js';
import { DraftFile } from '../stored/draft-file.js';
import { addFilterOptions, type FilterFlags, filterOf } from '../stored/filter-options.js';
import { addCommonOptions, type RunCommand } from './common-options.js';

interface ExportFlags extends FilterFlags {
  readonly format: string;
  readonly output?: string;
}

const FORMATS: Readonly<Record<string, ExportFormat>> = EXPORT_FORMATS;

/** Adds `gather export`. */
export function addExportCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('export')
    .summary('write stored messages to a file')
    .description(
      'Writes all stored messages that fit, the oldest first, to standard output or to a file, which appears under its name ' +
        'when it is complete. Memory does not grow with their number. A CSV has the columns of a dump; what a spreadsheet could ' +
        'take for a formula stands as its JSON literal.',
    )
    .option('-f, --format <format>', 'ndjson or csv', 'ndjson')
    .option('-o, --output <file>', 'where to write; standard output without it');
  addFilterOptions(command, 'oldest');
  addCommonOptions(command, {
    examples: [
      'gather export --output messages.ndjson',
      'gather export --format csv --topic app --after 2026-11-01T00:00:00Z > november.csv',
    ],
  });
  command.action((flags: ExportFlags) => run(command, (context) => exportAll(context, flags)));
}

async function exportAll(context: CommandContext, flags: ExportFlags): Promise<CommandResult> {
  const format = FORMATS[flags.format];
  if (format === undefined) throw usageError('--format must be ndjson or csv');
  if (flags.output === undefined && context.output.isJson)
    throw usageError('With --json, --output must name the file: standard output has the result');
  const filter = filterOf(flags);
  const { io } = context;
  const stop = io.stopSignal();
  using api = openApi(context, { stop });
  using messages = openMessagesApi(context, { stop });
  const session = await openSession(context, api);
  const pages = storedPages({
    ask: (asked) => session.withToken((token) => messages.query(token, asked)),
    filter,
    atMost: Number.POSITIVE_INFINITY,
    pageSize: MAX_PAGE_RECORDS,
    stop,
  });
  const bar = await startBar(context, flags);
  try {
    const exported = await writePages({ context, path: flags.output, format, pages, stop, bar });
    return resultOf(context, exported, flags.output);
  } finally {
    bar.stop();
  }
}

interface Writing {
  readonly context: CommandContext;
  readonly path: string | undefined;
  readonly format: ExportFormat;
  readonly pages: AsyncIterable<readonly StoredRecord[]>;
  readonly stop: AbortSignal;
  readonly bar: ProgressBar;
}

// Answers how many were written.
async function writePages({ context: { io }, path, format, pages, stop, bar }: Writing): Promise<number> {
  await using file = path === undefined ? undefined : await DraftFile.create(path, io.newId());
  const write = (text: string): Promise<void> =>
    file === undefined ? writeAll(io.stdout, text) : file.write(text);
  let exported = 0;
  await write(format.header);
  for await (const page of pages) {
    await write(format.rows(page));
    exported += page.length;
    bar.update({ stored: exported, bytesRead: 0 });
    if (file === undefined && io.stdout.destroyed) return exported;
  }
  if (stop.aborted) throw interrupted(stop, exported);
  await file?.publish();
  return exported;
}

function resultOf(context: CommandContext, exported: number, path: string | undefined): CommandResult {
  if (path === undefined) return { text: '', fields: undefined };
  const text = context.output.isWatched ? `${String(exported)} messages in ${path}` : '';
  return { text, fields: { ...ownerOf(context), exported, output: path } };
}

// Not on a terminal that the messages themselves go to.
async function startBar({ io, output }: CommandContext, flags: ExportFlags): Promise<ProgressBar> {
  if (!output.isWatched || (flags.output === undefined && io.stdout.isTTY === true)) return NO_PROGRESS_BAR;
  return startProgressBar({ stream: io.stderr, totalBytes: undefined, now: io.now });
}

function interrupted(stop: AbortSignal, exported: number): CliError {
  const exit = stop.reason === 'SIGTERM' ? 'terminated' : 'interrupted';
  return new CliError(exit, 'interrupted', `Interrupted: ${String(exported)} messages were read`, {
    fields: { exported },
  });
}
