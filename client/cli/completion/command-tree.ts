import type { Argument, Command, Option } from 'commander';

/** What stands for the value of an option or an argument: a file's name, one of a few words, or any text. */
type ValueKind = 'file' | 'text' | readonly string[];

/** An option as a shell completes it. */
export interface OptionEntry {
  /** All of its names, with their dashes. */
  readonly names: readonly string[];
  readonly summary: string;
  /** Undefined where it takes no value. */
  readonly value: ValueKind | undefined;
}

/** A word that can stand next: the name of a command, or a value. */
export interface WordEntry {
  readonly name: string;
  readonly summary: string;
}

/** A command as a shell completes what stands behind it. */
export interface CommandEntry {
  /** Its name behind those of the commands that it belongs to, with spaces between; empty for the program. */
  readonly path: string;
  readonly commands: readonly WordEntry[];
  readonly options: readonly OptionEntry[];
  /** The values that its arguments can have, where there are only a few. */
  readonly values: readonly WordEntry[];
  readonly takesFiles: boolean;
}

/** All commands of a program, the program first, as its help shows them. */
export function commandTree(program: Command): readonly CommandEntry[] {
  return entriesOf(program, '');
}

function entriesOf(command: Command, path: string): CommandEntry[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command);
  const kinds = command.registeredArguments.map(kindOfArgument);
  const entry: CommandEntry = {
    path,
    commands: commands.map((one) => ({ name: one.name(), summary: help.subcommandDescription(one) })),
    options: help.visibleOptions(command).map(optionEntry),
    values: kinds.flatMap((kind) => (typeof kind === 'string' ? [] : kind.map(valueEntry))),
    takesFiles: kinds.includes('file'),
  };
  const below = commands.flatMap((one) => entriesOf(one, `${path} ${one.name()}`.trim()));
  return [entry, ...below];
}

function valueEntry(name: string): WordEntry {
  return { name, summary: '' };
}

function optionEntry(option: Option): OptionEntry {
  const names = [option.short, option.long].filter((name) => name !== undefined);
  const takesValue = option.required || option.optional;
  return { names, summary: option.description, value: takesValue ? kindOf(option.flags, option) : undefined };
}

function kindOfArgument(argument: Argument): ValueKind {
  return kindOf(argument.name(), argument);
}

function kindOf(text: string, { argChoices }: Pick<Option, 'argChoices'>): ValueKind {
  return argChoices ?? (/\b(?:path|file|log)s?\b/.test(text) ? 'file' : 'text');
}
