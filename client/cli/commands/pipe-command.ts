import type { Command } from 'commander';
import { TOPIC } from '../../../protocol/message-fields.js';
import { CliError, type JsonFields, toCliError, usageError } from '../cli-error.js';
import {
  type CommandContext,
  openApi,
  openMessagesApi,
  openSession,
  ownerOf,
  retriesOf,
} from '../command-context.js';
import type { CommandResult } from '../output/output.js';
import { NO_PROGRESS_BAR, type ProgressBar, startProgressBar } from '../output/progress-bar.js';
import { LinePipe } from '../pipe/line-pipe.js';
import { ProducerLease } from '../pipe/producer-lease.js';
import { pipeBySpool } from '../spool/pipe-by-spool.js';
import { addSpoolOptions, type SpoolFlags } from '../spool/spool-options.js';
import { addCommonOptions, type RunCommand } from './common-options.js';

const DESCRIPTION = `Sends each line of standard input as a message, in order, exactly once, over one request. An empty line is an empty message.

A line ends with LF or CR LF, and a last line without an end counts; nothing else is changed. Lines are sent as soon as
they have come, so "tail -f" can be piped; where the server is slow, reading waits. The messages of a run are numbered, so when the
connection breaks or the server starts again, pipe goes on behind what is stored: nothing is lost, and nothing is stored twice.

A line longer than 256 KiB, or than the server takes, or not in UTF-8 is an error that names its number: all lines
before it are sent, none from it on. After an error, the number of messages that were stored is the number of lines to leave out
the next time. Ctrl+C waits for the answer to what has been sent and says how many were stored. With --ndjson each line is a JSON
value of any kind, and blank lines are left out. The server must know POST /v1/messages: one that does not is refused.

With --spool lines are stored on this machine first, whether the server is there or not, and delivered meanwhile and later, each
once. Reading does not wait for the server. Exit code 75 says that the input has ended and not all is delivered: "gather spool drain",
or any later run with the spool, goes on. Ctrl+C keeps what is in the spool.`;

interface PipeFlags extends SpoolFlags {
  readonly spool?: boolean;
  readonly topic?: string;
  readonly ndjson?: boolean;
}

/** Adds `gather pipe`. */
export function addPipeCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('pipe')
    .summary('send each line of standard input as a message')
    .description(DESCRIPTION)
    .option('-t, --topic <topic>', 'a topic for each message: 1 to 64 letters, digits, or . _ -')
    .option('--ndjson', 'each line is a JSON value, which is the message')
    .option('--spool', 'store on this machine first, and deliver now or later; exit code 75 for later');
  addSpoolOptions(command);
  addCommonOptions(command, {
    examples: [
      'gather pipe < app.log',
      'tail -f app.log | gather pipe --topic app --password-file /run/secret',
      'journalctl -o json | gather pipe --ndjson',
      'gather pipe --json < app.log | jq .stored',
      'app 2>&1 | gather pipe --spool --topic app',
    ],
  });
  command.action((flags: PipeFlags) =>
    run(command, (context) => (flags.spool === true ? bySpool(context, flags) : pipe(context, flags))),
  );
}

async function bySpool(context: CommandContext, flags: PipeFlags): Promise<CommandResult> {
  refuseWrong(context, flags.topic);
  const bar = await startBar(context);
  try {
    return await pipeBySpool(context, flags, (progress) => {
      bar.update(progress);
    });
  } finally {
    bar.stop();
  }
}

async function pipe(context: CommandContext, { topic, ndjson }: PipeFlags): Promise<CommandResult> {
  const { io, output } = context;
  refuseWrong(context, topic);
  const stop = io.stopSignal();
  using api = openApi(context, { stop });
  using messages = openMessagesApi(context, { stop });
  const session = await openSession(context, api);
  const bar = await startBar(context);
  const producer = await ProducerLease.take({
    directory: context.store.directory,
    owner: ownerOf(context),
    hostName: io.hostName,
    newId: io.newId,
  });
  const lines = new LinePipe({
    input: io.stdin,
    api: messages,
    withToken: (action) => session.withToken(action),
    producer,
    topic,
    isNdjson: ndjson,
    ...retriesOf(context),
    stop,
    onProgress: (progress) => {
      bar.update(progress);
    },
    now: io.now,
    random: io.random,
  });
  const end = await runToEnd(lines, bar, stop);
  if (lines.inDoubt === undefined) await producer.giveBack();
  if (end instanceof CliError) throw end;
  const text = output.isWatched ? `${countOf(lines.stored)} stored` : '';
  return { text, fields: { ...ownerOf(context), stored: lines.stored } };
}

function refuseWrong({ flags }: CommandContext, topic: string | undefined): void {
  if (flags.passwordFile === '-')
    throw usageError('Standard input is what is sent: the password cannot come from it');
  if (topic !== undefined && !TOPIC.test(topic))
    throw usageError('A topic is 1 to 64 letters, digits, or . _ -');
}

async function startBar({ io, output }: CommandContext): Promise<ProgressBar> {
  if (!output.isWatched) return NO_PROGRESS_BAR;
  return startProgressBar({ stream: io.stderr, totalBytes: io.inputSize(), now: io.now });
}

async function runToEnd(lines: LinePipe, bar: ProgressBar, stop: AbortSignal): Promise<CliError | undefined> {
  try {
    return (await lines.run()) === 'stopped' ? interruption(lines, stop) : undefined;
  } catch (error) {
    return stop.aborted && lines.inDoubt === undefined
      ? interruption(lines, stop)
      : failure(lines, toCliError(error));
  } finally {
    bar.stop();
  }
}

function interruption(lines: LinePipe, stop: AbortSignal): CliError {
  const exit = stop.reason === 'SIGTERM' ? 'terminated' : 'interrupted';
  const { text, fields } = standOf(lines);
  return new CliError(exit, 'interrupted', `Interrupted: ${text}`, { fields });
}

function failure(lines: LinePipe, error: CliError): CliError {
  const { text, fields } = standOf(lines);
  const message = `${error.message}. ${text}`;
  const more = { fields: { ...error.fields, ...fields }, cause: error.cause };
  if (lines.inDoubt === undefined) return new CliError(error.exit, error.kind, message, more);
  return new CliError('failed', 'unknown_outcome', message, more);
}

function standOf({ stored, inDoubt }: LinePipe): { text: string; fields: JsonFields } {
  const text = `${countOf(stored)} stored`;
  if (inDoubt === undefined) return { text: `${text}, none after that`, fields: { stored } };
  const { firstLine, lastLine } = inDoubt;
  const doubt = `lines ${String(firstLine)} to ${String(lastLine)} may or may not be`;
  return { text: `${text}, ${doubt}`, fields: { stored, inDoubt: { firstLine, lastLine } } };
}

function countOf(stored: number): string {
  return stored === 1 ? '1 message was' : `${String(stored)} messages were`;
}
