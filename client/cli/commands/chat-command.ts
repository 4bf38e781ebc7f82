import type { Command } from 'commander';
import { pipedChat } from '../chat/piped-chat.js';
import { terminalChat } from '../chat/terminal-chat.js';
import type { CliIo } from '../cli-io.js';
import type { CommandContext } from '../command-context.js';
import { paintFor } from '../output/colours.js';
import type { CommandResult } from '../output/output.js';
import { addCommonOptions, type RunCommand } from './common-options.js';

const DESCRIPTION = `Talks with everybody who is connected to the chat. It needs the permission chat.

On a terminal, what is said is shown above the line that is being typed, and below it who is there: the last 50 messages first, or
those of the last hour where the permission messages:read is missing. Enter says it; the arrow keys bring back what was said, Tab
completes names; /who, /help and /quit; Ctrl+C and Ctrl+D leave, with exit code 0, or 1 where something was not sent. When the connection breaks it connects by itself, and what waits to
be sent is sent then. A message whose answer got lost is named, and not sent again.

Without a terminal, on one that is dumb (TERM), or with --json, each line of standard input is said, and what others say meanwhile is printed, NAME: text a line,
one line for each line of the text. It ends when standard input has ended and all of it is acknowledged; with --follow it goes on
printing, until Ctrl+C. With --json a record is printed for each thing that others say, and {"type":"said","seq":7,"message":"..."} for
each line that was said; seq is null where it is not recorded. A line that is not UTF-8 or too long ends it; what is before it was said.
Ctrl+C ends it with 130 where lines were not said. That the reader of its output is gone is noticed when something is printed. A line is said again only where it certainly was not taken; one whose outcome is unknown ends it, with exit code 1.`;

interface ChatFlags {
  readonly follow?: boolean;
  readonly color?: string | boolean;
}

/** Adds `gather chat`. */
export function addChatCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('chat')
    .summary('talk with everybody who is connected')
    .description(DESCRIPTION)
    .option('-f, --follow', 'without a terminal: go on when standard input has ended')
    .option('--color <when>', 'auto, always or never')
    .option('--no-color', 'the same as --color never');
  addCommonOptions(command, {
    examples: [
      'gather chat',
      "echo 'build 17 is out' | gather chat",
      'gather chat --follow < /dev/null | grep --line-buffered dale',
    ],
  });
  command.action((flags: ChatFlags) => run(command, (context) => chat(context, flags)));
}

function chat(context: CommandContext, { follow, color }: ChatFlags): Promise<CommandResult> {
  const { io, output } = context;
  const paint = paintFor(io, color);
  const isTerminal = canDraw(io) && !output.isJson;
  return isTerminal
    ? terminalChat(context, paint)
    : pipedChat(context, { keepsFollowing: follow === true, paint });
}

// A dumb terminal has no cursor that could be moved.
function canDraw({ stdin, stdout, env }: CliIo): boolean {
  return stdin.isTTY === true && stdout.isTTY === true && env['TERM'] !== 'dumb';
}
