import { Argument, type Command } from 'commander';
import { usageError } from '../cli-error.js';
import { type CommandContext } from '../command-context.js';
import { addCommonOptions, type RunCommand } from '../commands/common-options.js';
import type { CommandResult } from '../output/output.js';
import { bashScript } from './bash-script.js';
import { type CommandEntry, commandTree } from './command-tree.js';
import { fishScript } from './fish-script.js';
import { zshScript } from './zsh-script.js';

const SCRIPTS: Readonly<Record<string, (program: string, tree: readonly CommandEntry[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** Adds `gather completion`. */
export function addCompletionCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('completion')
    .summary('print a script that completes commands in your shell')
    .description(
      'Prints a script by which bash, zsh or fish completes the commands and options of gather. It asks no server and starts ' +
        'no process while you type.',
    )
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(SCRIPTS)));
  addCommonOptions(command, {
    examples: [
      'source <(gather completion bash)',
      'gather completion zsh > ~/.zfunc/_gather',
      'gather completion fish > ~/.config/fish/completions/gather.fish',
    ],
  });
  command.action((shell: string) =>
    run(command, (context) => print(context, program, shell), { isOffline: true }),
  );
}

function print({ io, output }: CommandContext, program: Command, shell: string): Promise<CommandResult> {
  const script = SCRIPTS[shell];
  if (output.isJson || script === undefined) throw usageError('A script is no JSON: leave out --json');
  io.stdout.write(script(program.name(), commandTree(program)));
  return Promise.resolve({ text: '', fields: undefined });
}
