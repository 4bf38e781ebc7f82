import type { Command } from 'commander';
import { text as textIn } from 'node:stream/consumers';
import { usageError } from '../cli-error.js';
import {
  type CommandContext,
  openAccountsApi,
  openAccountSession,
  openFeedApi,
  ownerOf,
} from '../command-context.js';
import type { CommandResult } from '../output/output.js';
import { MAX_MESSAGE_BYTES } from '../pipe/message-limits.js';
import { addCommonOptions, type RunCommand } from './common-options.js';

/** Adds `gather broadcast`. */
export function addBroadcastCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('broadcast')
    .summary('say one thing in the chat')
    .description(
      'Says TEXT in the chat, to everybody who is connected: one message, its words with a space between them. Without TEXT ' +
        'it is what stands on standard input, without the line end behind it. Needs the permission chat. It is not sent again ' +
        'where its outcome is unknown.',
    )
    .argument('[text...]', 'what to say; after --, also what starts with a dash');
  addCommonOptions(command, {
    examples: ["gather broadcast 'Going down for maintenance in 5 minutes'", 'uptime | gather broadcast'],
  });
  command.action((words: readonly string[]) => run(command, (context) => broadcast(context, words)));
}

async function broadcast(context: CommandContext, words: readonly string[]): Promise<CommandResult> {
  const text = await textOf(context, words);
  using accounts = openAccountsApi(context);
  using feed = openFeedApi(context);
  const session = await openAccountSession(context, accounts);
  const seq = await session.withToken((token) => feed.say(token, text));
  return {
    text: seq === null ? 'Said; it is not recorded' : `Said; record ${String(seq)}`,
    fields: { ...ownerOf(context), seq, recorded: seq !== null },
  };
}

async function textOf({ io, flags }: CommandContext, words: readonly string[]): Promise<string> {
  if (words.length === 0 && flags.passwordFile === '-')
    throw usageError('Standard input is what is said: the password cannot come from it');
  const text = words.length > 0 ? words.join(' ') : (await textIn(io.stdin)).replace(/\r?\n$/, '');
  if (text === '') throw usageError('There is nothing to say');
  if (Buffer.byteLength(text) > MAX_MESSAGE_BYTES)
    throw usageError(`A message is longer than ${String(MAX_MESSAGE_BYTES)} bytes`);
  return text;
}
