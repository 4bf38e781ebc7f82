import { resolve } from 'node:path';
import type { LoadedSettings } from '../../config/load-settings.js';
import { readSettingFile } from '../../config/setting-kinds.js';
import { operatorCommands } from '../../control/operator-commands.js';
import { runOperatorCommand } from '../../control/run-operator-command.js';
import { AppError } from '../../errors/app-error.js';
import { createLogger } from '../../observability/logger.js';
import { createOperatorServices } from '../../wiring/operator-services.js';
import { openServices } from '../../wiring/open-services.js';
import type { Options } from '../setting-options.js';
import type { Surroundings } from '../surroundings.js';

/** What the commands of the operator are made with. */
export interface OperatorTools {
  readonly around: Surroundings;
  /** @throws AppError `config.invalid` */
  readonly load: (options: Options) => LoadedSettings;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Has gatherd exit with a code, though nothing is thrown. */
  readonly exitWith: (code: number) => void;
}

/** A command for the server, or for this process where none runs. */
export interface OperatorCall {
  readonly command: string;
  readonly args: unknown;
  /** Whether it has a use where there is no database yet. */
  readonly canBegin: boolean;
  /** A line about how far it is, for a terminal. */
  readonly showProgress?: (progress: unknown) => string;
}

/** Has a command run by the server that has the data directory, or runs it here. Answers what the command answers. */
export async function callOperator<Result>(
  { around, load }: OperatorTools,
  options: Options,
  { command, args, canBegin, showProgress }: OperatorCall,
): Promise<Result> {
  const { settings } = load(options);
  const { clock, signal, err, isErrorTerminal, version } = around;
  const result = await runOperatorCommand({
    ...{ dataDir: settings.dataDir, command, args, canBegin, signal },
    onProgress: (progress) => {
      if (isErrorTerminal && showProgress !== undefined) err.write(`${showProgress(progress)}\n`);
    },
    open: async (directory) => {
      const logger = createLogger('warn', isErrorTerminal);
      const services = await openServices(settings, { directory, clock, logger });
      const commands = operatorCommands(
        createOperatorServices(settings, { directory, clock }, services, version),
      );
      return { commands, [Symbol.asyncDispose]: () => services[Symbol.asyncDispose]() };
    },
  });
  return result as Result;
}

/** The text of a file that holds a secret. @throws AppError `config.invalid` */
export function secretIn(path: string, flag: string): string {
  const read = readSettingFile(path);
  if ('value' in read) return read.value;
  throw new AppError('config.invalid', { details: { problems: `${flag}: ${read.problem}` } });
}

/** A path as the server has to have it, which is in another directory. */
export function pathForServer(path: string): string {
  return resolve(path);
}
