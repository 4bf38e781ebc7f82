import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { claimDataDirectory, type DataDirectory } from '../data-directory/claim-data-directory.js';
import { AppError } from '../errors/app-error.js';
import { askControlServer } from './control-client.js';
import { runCommand, type CommandContext, type ControlCommands } from './control-command.js';
import { controlPlaceOf } from './control-place.js';

/** A command of the operator, and what it is run with where no server runs. */
export interface OperatorRun extends CommandContext {
  readonly dataDir: string;
  readonly command: string;
  /** JSON. */
  readonly args: unknown;
  /** Whether it has a use where there is no database yet: then the data directory is made. */
  readonly canBegin: boolean;
  /** Opens what a server has behind its doors, and the commands on it. */
  readonly open: (directory: DataDirectory) => Promise<OpenedCommands>;
  /** How long to wait for a server that holds the directory to listen, and for a word of it; milliseconds. */
  readonly startingMs?: number;
  readonly patienceMs?: number;
}

/** The commands of a data directory, until they are disposed of. */
export interface OpenedCommands extends AsyncDisposable {
  readonly commands: ControlCommands;
}

const STARTING_MS = 3000;
const LOOK_EVERY_MS = 100;

/**
 * Has a command run by the server that has the data directory; where none runs, claims the directory and runs it here.
 *
 * @returns what the command answers, as JSON gives it back
 * @throws AppError `data_directory.in_use` where a server has it and does not answer, `data_directory.unusable`, and what
 *   the command throws
 */
export async function runOperatorCommand(run: OperatorRun): Promise<unknown> {
  const { dataDir, command, args, onProgress, canBegin, signal, startingMs = STARTING_MS } = run;
  const place = await controlPlaceOf(dataDir);
  const until = performance.now() + startingMs;
  for (;;) {
    const patience = { patienceMs: run.patienceMs, signal };
    const asked = await askControlServer(place, { command, args }, onProgress, patience);
    if (typeof asked === 'object') return asked.result;
    if (asked === 'no answer') throw await unheard(dataDir);
    if (!canBegin) assertDatabase(dataDir);
    // A server that has just started listens in a moment; one that ends lets the directory go.
    const directory = await claimUnless(dataDir, performance.now() > until);
    if (directory !== undefined) return runHere(directory, run);
    await sleep(LOOK_EVERY_MS);
  }
}

async function runHere(directory: DataDirectory, { command, args, signal, onProgress, open }: OperatorRun) {
  await using _claimed = directory;
  await using opened = await open(directory);
  const result = await runCommand(opened.commands, command, args, { signal, onProgress });
  return JSON.parse(JSON.stringify(result ?? null)) as unknown;
}

async function claimUnless(dataDir: string, isLast: boolean): Promise<DataDirectory | undefined> {
  try {
    return await claimDataDirectory(dataDir);
  } catch (error) {
    if (isLast || !(error instanceof AppError) || error.code !== 'data_directory.in_use') throw error;
    return undefined;
  }
}

function assertDatabase(directory: string): void {
  if (existsSync(join(directory, 'gatherd.db'))) return;
  const reason = 'there is no database in it; see --data-dir';
  throw new AppError('data_directory.unusable', { details: { directory, reason } });
}

async function unheard(directory: string): Promise<AppError> {
  const id = await readFile(join(directory, 'owner.pid'), 'utf8').catch(() => 'unknown');
  const holder = `process ${id}, which did not answer; what was asked for may have been done`;
  return new AppError('data_directory.in_use', { details: { directory, holder } });
}
