import {
  UnreadableEmployee,
  type WholeEmployees,
  wholeEmployees,
} from '../../../api/employees/whole-employees.js';
import { GatherError } from '../../../api/gather-error.js';
import { CliError, toCliError, usageError } from '../../cli-error.js';
import { type CommandContext, ownerOf } from '../../command-context.js';
import { EMPLOYEE_CSV_HEADER, employeeCsvRows } from '../../../formats/employee-csv.js';
import type { CommandResult } from '../../output/output.js';
import { NO_PROGRESS_BAR, type ProgressBar, startProgressBar } from '../../output/progress-bar.js';
import { writeAll } from '../../output/write-all.js';
import { DraftFile } from '../../stored/draft-file.js';
import { type AskEmployees, pagesOf, withEmployees } from './with-employees.js';

/** The options of `gather employees export`, as they were given. */
export interface ExportFlags {
  readonly output?: string;
}

const OWNER_ONLY = 0o600;

/** Writes all employees with everything as CSV, to standard output or to a file of which only the owner may read. */
export async function exportEmployees(
  context: CommandContext,
  { output }: ExportFlags,
): Promise<CommandResult> {
  if (output === undefined && context.output.isJson)
    throw usageError('With --json, --output must name the file: standard output has the result');
  const stop = context.io.stopSignal();
  const bar = await startBar(context, output);
  try {
    const { exported, gone } = await withEmployees(
      context,
      (ask) => writeEmployees({ context, path: output, ask, stop, bar }),
      { stop },
    );
    if (gone > 0) context.io.stderr.write(`Deleted meanwhile, and so left out: ${String(gone)}\n`);
    if (output === undefined) return { text: '', fields: undefined };
    const text = context.output.isWatched ? `${String(exported)} employees in ${output}` : '';
    return { text, fields: { ...ownerOf(context), exported, left_out: gone, output } };
  } finally {
    bar.stop();
  }
}

interface Writing {
  readonly context: CommandContext;
  readonly path: string | undefined;
  readonly ask: AskEmployees;
  readonly stop: AbortSignal;
  readonly bar: ProgressBar;
}

interface Written {
  readonly exported: number;
  /** How many were deleted after they were listed. */
  readonly gone: number;
}

async function writeEmployees({ context: { io }, path, ask, stop, bar }: Writing): Promise<Written> {
  await using file = path === undefined ? undefined : await DraftFile.create(path, io.newId(), OWNER_ONLY);
  const write = (text: string): Promise<void> =>
    file === undefined ? writeAll(io.stdout, text) : file.write(text);
  let exported = 0;
  let gone = 0;
  await write(EMPLOYEE_CSV_HEADER);
  for await (const some of allOf(ask)) {
    await write(employeeCsvRows(some.employees));
    exported += some.employees.length;
    gone += some.gone;
    bar.update({ stored: exported, bytesRead: 0 });
    if (file === undefined && io.stdout.destroyed) return { exported, gone };
    if (stop.aborted) throw interrupted(stop, exported);
  }
  if (stop.aborted) throw interrupted(stop, exported);
  await file?.publish();
  return { exported, gone };
}

async function* allOf(ask: AskEmployees): AsyncGenerator<WholeEmployees> {
  const get = (id: number) => ask((api, token) => api.get(token, id));
  try {
    for await (const { employees } of pagesOf(ask, {})) {
      const ids = employees.map(({ id }) => id);
      yield* wholeEmployees(get, ids);
    }
  } catch (error) {
    throw error instanceof UnreadableEmployee ? refusalOf(error) : error;
  }
}

// What is nobody's refusal, but a fault of ours, stays what it is.
function refusalOf({ id, message: reason, cause }: UnreadableEmployee): Error {
  const error = cause instanceof Error ? cause : new CliError('failed', 'refused', reason);
  if (!(error instanceof GatherError) && !(error instanceof CliError)) return error;
  const { exit, kind, message } = toCliError(error);
  const text = `Employee ${String(id)} cannot be exported, and so nobody is: ${message}`;
  return new CliError(exit, kind, text, { cause: error, fields: { id } });
}

// Not on a terminal that the employees themselves go to.
async function startBar({ io, output }: CommandContext, path: string | undefined): Promise<ProgressBar> {
  if (!output.isWatched || (path === undefined && io.stdout.isTTY === true)) return NO_PROGRESS_BAR;
  return startProgressBar({ stream: io.stderr, totalBytes: undefined, what: 'employees', now: io.now });
}

function interrupted(stop: AbortSignal, exported: number): CliError {
  const exit = stop.reason === 'SIGTERM' ? 'terminated' : 'interrupted';
  return new CliError(exit, 'interrupted', `Interrupted: ${String(exported)} employees were read`, {
    fields: { exported },
  });
}
