import type { Command } from 'commander';
import type { Connection } from '../../../protocol/feed.js';
import {
  type CommandContext,
  openAccountsApi,
  openAccountSession,
  openFeedApi,
  ownerOf,
} from '../command-context.js';
import type { CommandResult } from '../output/output.js';
import { type Column, table } from '../output/table.js';
import { addCommonOptions, type RunCommand } from './common-options.js';

const COLUMNS: readonly Column<Connection>[] = [
  { title: 'USER', of: ({ user }) => user },
  { title: 'FROM', of: ({ endpoint }) => endpoint },
  { title: 'BY', of: ({ door }) => door },
  { title: 'SINCE', of: ({ since }) => since },
];

/** Adds `gather presence`. */
export function addPresenceCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('presence')
    .summary('show who is connected')
    .description(
      'Shows who is connected to the live feed and the chat, from where, by which door, and since when; those first who were ' +
        'there first. Needs the permission feed:read or chat.',
    );
  addCommonOptions(command, {
    examples: ['gather presence', 'gather presence --json | jq -r .connections[].user'],
  });
  command.action(() => run(command, presence));
}

async function presence(context: CommandContext): Promise<CommandResult> {
  using accounts = openAccountsApi(context);
  using feed = openFeedApi(context);
  const session = await openAccountSession(context, accounts);
  const connections = await session.withToken((token) => feed.presence(token));
  return {
    text: await table(context.io, COLUMNS, connections),
    fields: { ...ownerOf(context), connections: connections.map((each) => ({ ...each })) },
  };
}
