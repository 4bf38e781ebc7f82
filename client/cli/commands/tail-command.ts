import type { Command } from 'commander';
import type { UnrecordedMessage } from '../../../protocol/feed.js';
import { lineSafeJson, printable } from '../../../protocol/line-safe.js';
import { bound, type StoredRecord } from '../../../protocol/stored-messages.js';
import { usageError } from '../cli-error.js';
import type { CommandContext } from '../command-context.js';
import { type TailOptions, tailFeed } from '../feed/tail-feed.js';
import { paintFor, type Paint } from '../output/colours.js';
import type { CommandResult } from '../output/output.js';
import { messageJson } from '../output/message-json.js';
import { recordLine } from '../output/record-line.js';
import { type AboutFlags, aboutOf, addAboutOptions } from '../stored/filter-options.js';
import { addCommonOptions, type RunCommand } from './common-options.js';

const DESCRIPTION = `Shows messages as they are stored, each once and in order, until Ctrl+C: number, time, sender, topic in brackets, message. What
a terminal would obey is escaped. When the connection breaks or the server starts again, it connects by itself and goes on behind
what it has shown, without end unless --retry-for is given. Ctrl+C is its normal end: exit code 0. That the reader of its output is gone
is noticed when the next message is printed, as nobody can ask a pipe; --count ends it by itself.

Without --since or --lines it begins with what comes. --since begins behind the record of a number, or behind a time; 0 is
everything. --lines shows that many stored messages first, which needs messages:read unless --sender is oneself. With --json
each record is a line; "recorded":false stands in a chat message that the server does not store, and with --presence joins
and leaves are {"type":"join","connection":{...}}; what is not to be had any more is {"warning":"...","after":4,"before":9} on standard
error: the numbers between the two. Following others needs the permission feed:read; with the permission
chat alone, the topic chat is followed.`;

interface TailFlags extends AboutFlags {
  readonly since?: string;
  readonly lines?: string;
  readonly count?: string;
  readonly presence?: boolean;
  readonly color?: string | boolean;
}

const MAX_LINES = 1_000_000;

/** Adds `gather tail`. */
export function addTailCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('tail')
    .summary('show messages as they come')
    .description(DESCRIPTION)
    .option('--since <seq|time>', 'first everything behind this number or time (RFC 3339)')
    .option('-n, --lines <count>', 'first the last so many stored messages')
    .option('--count <count>', 'end after so many messages')
    .option('--presence', 'also show who comes and goes')
    .option('--color <when>', 'auto, always or never')
    .option('--no-color', 'the same as --color never');
  addAboutOptions(command);
  addCommonOptions(command, {
    examples: [
      'gather tail',
      'gather tail -n 20 --topic app --contains error',
      "gather tail --since '2026-11-21T02:00:00Z' --json | jq .message",
    ],
  });
  command.action((flags: TailFlags) => run(command, (context) => tail(context, flags)));
}

function tail(context: CommandContext, flags: TailFlags): Promise<CommandResult> {
  const paint = paintFor(context.io, flags.color);
  return tailFeed(context, {
    ...optionsOf(flags),
    ...(context.output.isJson ? JSON_LINES : textLines(paint)),
  });
}

type Lines = Pick<TailOptions, 'lineOfMessage' | 'lineOfPresence'>;

const JSON_LINES: Lines = {
  lineOfMessage: messageJson,
  lineOfPresence: ({ type, connection }) => lineSafeJson(JSON.stringify({ type, connection })),
};

function textLines(paint: Paint): Lines {
  return {
    lineOfMessage: (record: StoredRecord | UnrecordedMessage) => recordLine(record, paint),
    lineOfPresence: ({ type, connection: { user, endpoint, door } }) => {
      const word = type === 'join' ? 'joins' : 'leaves';
      const from = paint.dim(printable(`${word}, from ${endpoint} by ${door}`));
      return `${paint.dim('*')} ${paint.name(user, printable(user))} ${from}`;
    },
  };
}

function optionsOf(flags: TailFlags): Omit<TailOptions, keyof Lines> {
  const { since, lines, count, presence } = flags;
  if (since !== undefined && lines !== undefined) throw usageError('--since and --lines exclude each other');
  if (since !== undefined && !bound.safeParse(since).success) {
    throw usageError('--since must be the number of a record, or a time as 2026-11-21T02:44:57+01:00');
  }
  return {
    filter: aboutOf(flags),
    since,
    linesBefore: numberOf('--lines', lines, 0) ?? 0,
    atMost: numberOf('--count', count, 1) ?? Number.POSITIVE_INFINITY,
    presence: presence === true,
  };
}

function numberOf(option: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  const number = /^\d{1,7}$/.test(text) ? Number(text) : -1;
  if (number >= least && number <= MAX_LINES) return number;
  throw usageError(`${option} must be a number from ${String(least)} to ${String(MAX_LINES)}`);
}
