import type { Command } from 'commander';
import type { GatherAnswer } from '../../../protocol/gather-messages.js';
import type { GatherApi } from '../../api/gather-api.js';
import { CliError, usageError } from '../cli-error.js';
import { type CommandContext, openApi, openMessagesApi, openSession, ownerOf } from '../command-context.js';
import type { CommandResult } from '../output/output.js';
import { encodedLength } from '../pipe/encoded-length.js';
import { MAX_BATCH_MESSAGES, MAX_ENCODED_MESSAGE_BYTES, MAX_MESSAGE_BYTES } from '../pipe/message-limits.js';
import { isSizeRefusal } from '../pipe/size-refusal.js';
import { sendBySpool } from '../spool/send-by-spool.js';
import type { Session } from '../session.js';
import { checkTopic } from '../stored/filter-options.js';
import { addSpoolOptions, type SpoolFlags } from '../spool/spool-options.js';
import { addCommonOptions, type RunCommand } from './common-options.js';

interface SendFlags extends SpoolFlags {
  readonly spool?: boolean;
  readonly topic?: string;
}

/** Adds `gather send`. */
export function addSendCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('send')
    .summary('send messages')
    .description(
      'Sends each MESSAGE, all of them in one request: all are stored, or none. Whatever a message holds is data, also ' +
        'when it is empty or the word logout. Where a password is at hand, a token is fetched when there is none ' +
        'or it has expired.',
    )
    .argument('<message...>', 'what to send; after --, also what starts with a dash');
  command
    .option('--spool', 'store on this machine first, and deliver now or later; exit code 75 for later')
    .option('--topic <name>', 'the topic of the messages: 1 to 64 letters, digits or . _ -');
  addSpoolOptions(command);
  addCommonOptions(command, {
    examples: [
      "gather send 'Hail Dale!'",
      'gather send --server logs.example:6174 --user ci --password-file /run/secret "build $ID done"',
      'gather send -- -5 degrees',
      "gather send --topic disk '93 %'",
      "gather send --spool 'backup done'",
    ],
  });
  command.action((messages: readonly string[], flags: SendFlags) =>
    run(command, (context) =>
      flags.spool === true ? sendBySpool(context, messages, flags) : send(context, messages, flags.topic),
    ),
  );
}

async function send(
  context: CommandContext,
  messages: readonly string[],
  topic: string | undefined,
): Promise<CommandResult> {
  checkTopic(topic);
  refuseOversize(messages);
  using api = openApi(context);
  const session = await openSession(context, api);
  if (topic !== undefined) return await sendAbout(context, session, messages, topic);
  const answer = await session.withToken((token) => sendAll(api, token, messages));
  return {
    text: answer.status_message,
    fields: {
      ...ownerOf(context),
      status: answer.status_code,
      message: answer.status_message,
      stored: messages.length,
    },
  };
}

// The requests of contract 1 have no topics.
async function sendAbout(
  context: CommandContext,
  session: Session,
  messages: readonly string[],
  topic: string,
): Promise<CommandResult> {
  using api = openMessagesApi(context);
  const items = messages.map((message) => ({ message, topic }));
  const { accepted, last } = await session.withToken((token) =>
    whole(messages, () => api.sendItems(token, items)),
  );
  return {
    text: `${String(accepted)} stored; the last is record ${String(last)}`,
    fields: { ...ownerOf(context), stored: accepted, last },
  };
}

function sendAll(api: GatherApi, token: string, messages: readonly string[]): Promise<GatherAnswer> {
  return whole(messages, () => api.sendMessages(token, messages));
}

// Says of more than one that are refused for their size what to do instead.
async function whole<T>(messages: readonly string[], send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (messages.length === 1 || !isSizeRefusal(error)) throw error;
    const text = `${error.message}. None of the messages was stored; "gather pipe" sends as many at once as the server takes`;
    throw new CliError('failed', error.kind, text, { cause: error });
  }
}

function refuseOversize(messages: readonly string[]): void {
  if (messages.length > MAX_BATCH_MESSAGES) {
    throw usageError(`These are more than ${String(MAX_BATCH_MESSAGES)} messages: use "gather pipe"`);
  }
  const encoded = messages.map((message) => Buffer.from(message));
  if (encoded.some(({ length }) => length > MAX_MESSAGE_BYTES)) {
    throw usageError(`A message is longer than ${String(MAX_MESSAGE_BYTES)} bytes`);
  }
  const total = encoded.reduce((sum, utf8) => sum + encodedLength(utf8) + 1, 0);
  if (total > MAX_ENCODED_MESSAGE_BYTES) {
    throw usageError('These messages are too long for one request: use "gather pipe"');
  }
}
