import type { Command } from 'commander';
import { type CommandContext, openApi, ownerOf, rememberDefaults } from '../command-context.js';
import type { CommandResult } from '../output/output.js';
import { addCommonOptions, type RunCommand } from './common-options.js';

/** Adds `gather identify`. */
export function addIdentifyCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('identify')
    .summary('make a user known to the server, and remember both')
    .description(
      'Makes the user known to the server at this machine. The server and the user are remembered: later commands use them.',
    );
  command.option('--invite <code>', 'the code by which a new user is admitted, where one is needed');
  addCommonOptions(command, { examples: ['gather identify --server localhost:6174 --user dale'] });
  command.action(({ invite }: { invite?: string }) => run(command, (context) => identify(context, invite)));
}

async function identify(context: CommandContext, invite: string | undefined): Promise<CommandResult> {
  const owner = ownerOf(context);
  using api = openApi(context);
  const answer = await api.identify(owner.user, invite);
  await rememberDefaults(context, owner);
  return {
    text: answer.status_message,
    fields: { ...owner, status: answer.status_code, message: answer.status_message },
  };
}
