import type { Command } from 'commander';
import { CliError, toCliError, usageError } from '../cli-error.js';
import { type CommandContext, openApi, openSession, ownerOf } from '../command-context.js';
import type { CommandResult } from '../output/output.js';
import { NO_PROGRESS_BAR, type ProgressBar, startProgressBar } from '../output/progress-bar.js';
import { LinePipe } from '../pipe/line-pipe.js';
import { addCommonOptions, type RunCommand } from './common-options.js';

const DESCRIPTION = `Sends each line of standard input as a message, in order, many in one request. An empty line is an empty message.

A line ends with LF or CR LF, and a last line without an end counts; nothing else is changed. Lines that have come are
sent within a tenth of a second, so "tail -f" can be piped. A line longer than 256 KiB, or than the server takes, or not
in UTF-8 is an error that names its number: all lines before it are sent, none from it on. After an error, the number of messages that were stored
is the number of lines to leave out the next time. Ctrl+C lets the request under way finish and says how many were stored.`;

/** Adds `gather pipe`. */
export function addPipeCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('pipe')
    .summary('send each line of standard input as a message')
    .description(DESCRIPTION);
  addCommonOptions(command, {
    examples: [
      'gather pipe < app.log',
      'tail -f app.log | gather pipe --password-file /run/secret',
      'gather pipe --json < app.log | jq .stored',
    ],
  });
  command.action(() => run(command, pipe));
}

async function pipe(context: CommandContext): Promise<CommandResult> {
  const { io, output, flags } = context;
  if (flags.passwordFile === '-')
    throw usageError('Standard input is what is sent: the password cannot come from it');
  const stop = io.stopSignal();
  using api = openApi(context, { stop });
  const session = await openSession(context, api);
  const bar = await startBar(context);
  const lines = new LinePipe({
    input: io.stdin,
    send: ({ messages }) => session.withToken((token) => api.sendMessages(token, messages)),
    stop,
    onProgress: (progress) => {
      bar.update(progress);
    },
    now: io.now,
  });
  const end = await runToEnd(lines, bar, stop);
  if (end instanceof CliError) throw end;
  const text = output.isWatched ? `${countOf(lines.stored)} stored` : '';
  return { text, fields: { ...ownerOf(context), stored: lines.stored } };
}

async function startBar({ io, output }: CommandContext): Promise<ProgressBar> {
  if (!output.isWatched) return NO_PROGRESS_BAR;
  return startProgressBar({ stream: io.stderr, totalBytes: io.inputSize(), now: io.now });
}

async function runToEnd(lines: LinePipe, bar: ProgressBar, stop: AbortSignal): Promise<CliError | undefined> {
  try {
    return (await lines.run()) === 'stopped' ? interruption(lines, stop) : undefined;
  } catch (error) {
    return stop.aborted && toCliError(error).kind !== 'unknown_outcome'
      ? interruption(lines, stop)
      : failure(lines, toCliError(error));
  } finally {
    bar.stop();
  }
}

function interruption(lines: LinePipe, stop: AbortSignal): CliError {
  const exit = stop.reason === 'SIGTERM' ? 'terminated' : 'interrupted';
  const text = `Interrupted: ${countOf(lines.stored)} stored, none after that`;
  return new CliError(exit, 'interrupted', text, { fields: { stored: lines.stored } });
}

function failure(lines: LinePipe, error: CliError): CliError {
  const { stored, failedBatch } = lines;
  const isInDoubt = error.kind === 'unknown_outcome' && failedBatch !== undefined;
  const rest = isInDoubt
    ? `lines ${String(failedBatch.firstLine)} to ${String(failedBatch.lastLine)} may or may not be`
    : 'none after that';
  const doubt = isInDoubt
    ? { inDoubt: { firstLine: failedBatch.firstLine, lastLine: failedBatch.lastLine } }
    : {};
  return new CliError(error.exit, error.kind, `${error.message}. ${countOf(stored)} stored, ${rest}`, {
    fields: { ...error.fields, stored, ...doubt },
    cause: error.cause,
  });
}

function countOf(stored: number): string {
  return stored === 1 ? '1 message was' : `${String(stored)} messages were`;
}
