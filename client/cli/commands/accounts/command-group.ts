import type { Command } from 'commander';
import { addCommonOptions } from '../common-options.js';

/** How a command stands in the help. */
export interface CommandText {
  /** Its name, with its arguments: `end <id>`. */
  readonly usage: string;
  readonly summary: string;
  readonly description: string;
}

/** Adds a command that does nothing but hold others. */
export function addGroup(program: Command, { usage, summary, description }: CommandText): Command {
  return program.command(usage).summary(summary).description(description);
}

/** Adds one command of a group, or of the program, without its options: {@link finish} adds the last of them. */
export function addPart(parent: Command, text: CommandText, more: { isDefault?: boolean } = {}): Command {
  return parent
    .command(text.usage, { isDefault: more.isDefault === true })
    .summary(text.summary)
    .description(text.description);
}

/** Adds what every command has. */
export function finish(command: Command, examples: readonly string[]): Command {
  addCommonOptions(command, { examples });
  return command;
}

/** The option of a command that cannot be undone. */
export interface YesFlag {
  readonly yes?: boolean;
}

/** Adds it. @param text - its help, where it can be left out without a terminal, for example */
export function addYesOption(
  command: Command,
  text = 'do not ask; needed where there is no terminal',
): Command {
  return command.option('-y, --yes', text);
}
