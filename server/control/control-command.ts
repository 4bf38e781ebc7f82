import type * as z from 'zod';
import { AppError } from '../errors/app-error.js';

/** What a command has beside its arguments. */
export interface CommandContext {
  /** Aborted when nobody waits for the command any more, or the server ends: what can be done again stops. */
  readonly signal: AbortSignal;
  /** Says how far the command is. @param progress - JSON */
  readonly onProgress: (progress: unknown) => void;
}

/** Something that the operator can have done by the server. */
export interface ControlCommand {
  /** Checks the arguments and does it; answers JSON. @throws AppError `request.invalid_field` and its own */
  run(args: unknown, context: CommandContext): Promise<unknown>;
}

/** All of them, by name. */
export type ControlCommands = Readonly<Record<string, ControlCommand>>;

/** Makes a command whose arguments are checked. */
export function controlCommand<Args>(
  schema: z.ZodType<Args>,
  run: (args: Args, context: CommandContext) => Promise<unknown>,
): ControlCommand {
  return {
    run: (args, context) => {
      const parsed = schema.safeParse(args);
      if (parsed.success) return run(parsed.data, context);
      const [issue] = parsed.error.issues;
      const field = issue?.path.join('.') ?? '';
      return Promise.reject(invalid(field === '' ? 'args' : field, issue?.message ?? 'is not valid'));
    },
  };
}

/** Runs a command by its name. @throws AppError `request.invalid_field` where there is none, and what the command throws */
export function runCommand(
  commands: ControlCommands,
  name: string,
  args: unknown,
  context: CommandContext,
): Promise<unknown> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) return Promise.reject(invalid('command', 'there is no such command'));
  return command.run(args, context);
}

function invalid(field: string, reason: string): AppError {
  return new AppError('request.invalid_field', { details: { field, reason } });
}
