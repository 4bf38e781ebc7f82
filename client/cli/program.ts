import { Command, CommanderError } from 'commander';
import { toCliError, usageError } from './cli-error.js';
import type { CliIo } from './cli-io.js';
import { createContext } from './command-context.js';
import { addCredentialsCommand } from './credentials/credentials-command.js';
import { addCompletionCommand } from './completion/completion-command.js';
import { addLoginCommand } from './commands/accounts/login-command.js';
import { addPasswdCommand } from './commands/accounts/passwd-command.js';
import { addPermissionsCommand } from './commands/accounts/permissions-command.js';
import { addProfileCommand } from './commands/accounts/profile-command.js';
import { addRegisterCommand } from './commands/accounts/register-command.js';
import { addSessionsCommand } from './commands/accounts/sessions-command.js';
import { addTokensCommand } from './commands/accounts/tokens-command.js';
import { addWhoamiCommand } from './commands/accounts/whoami-command.js';
import { addAuditCommand } from './commands/administration/audit-command.js';
import { addInviteCommand } from './commands/administration/invite-command.js';
import { addUsersCommand } from './commands/administration/users-command.js';
import { addEmployeesCommand } from './commands/employees/employees-command.js';
import { addAuthenticateCommand } from './commands/authenticate-command.js';
import { addCommonOptions, type RunCommand } from './commands/common-options.js';
import { addBroadcastCommand } from './commands/broadcast-command.js';
import { addChatCommand } from './commands/chat-command.js';
import { addExportCommand } from './commands/export-command.js';
import { addIdentifyCommand } from './commands/identify-command.js';
import { addLogoutCommand } from './commands/logout-command.js';
import { addMenu } from './commands/menu-command.js';
import { addPipeCommand } from './commands/pipe-command.js';
import { addPresenceCommand } from './commands/presence-command.js';
import { addQueryCommand } from './commands/query-command.js';
import { addFollowCommand } from './commands/follow-command.js';
import { addSendCommand } from './commands/send-command.js';
import { addSpoolCommand } from './commands/spool-command.js';
import { addStatusCommand } from './commands/status-command.js';
import { addTailCommand } from './commands/tail-command.js';
import { EXIT_CODES } from './exit-codes.js';
import { helpFooter } from './help-footer.js';
import { Output } from './output/output.js';
import type { CommonFlags } from './settings/settings.js';
import { VERSION } from './version.js';

// In the order and under the headings of the help.
const COMMANDS: readonly { readonly heading: string; readonly commands: readonly AddCommand[] }[] = [
  {
    heading: 'Messages:',
    commands: [
      addSendCommand,
      addPipeCommand,
      addFollowCommand,
      addSpoolCommand,
      addQueryCommand,
      addExportCommand,
    ],
  },
  {
    heading: 'Live:',
    commands: [addTailCommand, addChatCommand, addBroadcastCommand, addPresenceCommand],
  },
  {
    heading: 'Who you are:',
    commands: [
      addIdentifyCommand,
      addAuthenticateCommand,
      addRegisterCommand,
      addLoginCommand,
      addLogoutCommand,
      addStatusCommand,
      addWhoamiCommand,
      addProfileCommand,
      addPasswdCommand,
      addSessionsCommand,
      addTokensCommand,
      addPermissionsCommand,
    ],
  },
  { heading: 'Administration:', commands: [addUsersCommand, addInviteCommand, addAuditCommand] },
  { heading: 'Employee records:', commands: [addEmployeesCommand] },
  { heading: 'More:', commands: [addCredentialsCommand, addCompletionCommand] },
];

type AddCommand = (program: Command, run: RunCommand) => void;

const EXAMPLES = [
  'gather localhost:6174',
  'gather identify --server localhost:6174 --user dale',
  'gather authenticate',
  'gather login dale',
  "gather send 'Hail Dale!' 'and again'",
  'tail -f app.log | gather pipe',
  'gather tail --topic app --contains error',
  'gather chat',
  "gather broadcast 'Going down for maintenance in 5 minutes'",
  'gather presence',
];

/** Runs `gather` once. Resolves with the exit code, always; all that there is to say is said. */
export async function runProgram(io: CliIo): Promise<number> {
  let exitCode: number = EXIT_CODES.done.code;
  const program = createProgram(io, async (...args) => {
    exitCode = await runCommand(io, ...args);
  });
  try {
    await program.parseAsync(io.argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    return usageExit(io, error);
  }
}

function createProgram(io: CliIo, run: RunCommand): Command {
  const program = new Command('gather')
    .description('Sends messages to a gatherd server. With SERVER:PORT alone it starts a menu.')
    .version(VERSION, '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      // Said by `usageExit`, in the form that is asked for.
      writeErr: () => undefined,
    });
  addMenu(program, run);
  for (const { heading, commands } of COMMANDS) {
    program.commandsGroup(heading);
    for (const addCommand of commands) addCommand(program, run);
  }
  addCommonOptions(program, { examples: EXAMPLES });
  return program.addHelpText('after', helpFooter());
}

async function runCommand(io: CliIo, ...[command, action, more]: Parameters<RunCommand>): Promise<number> {
  const flags: CommonFlags = command.optsWithGlobals();
  const name = nameOf(command);
  const output = outputFor(io, flags);
  try {
    const result = await action(await createContext(io, flags, output, more));
    output.result(name, result);
    return EXIT_CODES[result.exit ?? 'done'].code;
  } catch (thrown) {
    const error = toCliError(thrown);
    output.error(name, error);
    return EXIT_CODES[error.exit].code;
  }
}

// A command of a group has the name of both: "users list".
function nameOf(command: Command): string {
  const { parent } = command;
  if (parent === null) return 'menu';
  return parent.parent === null ? command.name() : `${parent.name()} ${command.name()}`;
}

function usageExit(io: CliIo, error: unknown): number {
  const isHelp = error instanceof CommanderError && error.exitCode === 0;
  if (isHelp) return EXIT_CODES.done.code;
  const end = io.argv.indexOf('--');
  const isJson = io.argv.slice(0, end === -1 ? undefined : end).includes('--json');
  const reason =
    error instanceof Error
      ? error.message
          .replace(/^error: /, '')
          .replaceAll('\n', ' ')
          .replace(/\.$/, '')
      : String(error);
  const usage = usageError(`${reason}. See gather --help`);
  outputFor(io, { json: isJson }).error('gather', usage);
  return EXIT_CODES[usage.exit].code;
}

function outputFor({ stdout, stderr }: CliIo, { json, quiet }: CommonFlags): Output {
  return new Output({ stdout, stderr, isJson: json === true, isQuiet: quiet === true });
}
