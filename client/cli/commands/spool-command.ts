import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { surveySpool, type SpoolSurvey } from '../../spool/spool-survey.js';
import { ShipStateStore } from '../../spool/shipping/ship-state-store.js';
import { MAX_DAMAGED_BYTES } from '../../spool/storage/segment-cleaner.js';
import { REJECTED_LIMITS } from '../../spool/storage/set-aside.js';
import { Shipper } from '../../spool/shipping/shipper.js';
import { type CommandContext, ownerOf } from '../command-context.js';
import { CliError, type JsonFields } from '../cli-error.js';
import type { CommandResult } from '../output/output.js';
import { openSpoolFiles, spoolDirectory } from '../spool/open-spool.js';
import { shipNow } from '../spool/ship-now.js';
import { openShipping } from '../spool/shipping-to-server.js';
import { addSpoolDirOption, type SpoolFlags } from '../spool/spool-options.js';
import { addCommonOptions, type RunCommand } from './common-options.js';

interface Part {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly action: (context: CommandContext, flags: SpoolFlags) => Promise<CommandResult>;
}

const PARTS: readonly Part[] = [
  {
    name: 'status',
    summary: 'show what is in the spool',
    description:
      'Shows how many messages wait, since when, and what was delivered, refused, dropped or lost. Asks no server.',
    action: status,
  },
  {
    name: 'drain',
    summary: 'send all that is in the spool',
    description:
      'Sends all that is in the spool. Exit code 0 when it is empty, 75 where it is not: --retry-for says how long to try ' +
      'without getting on.',
    action: drain,
  },
  {
    name: 'verify',
    summary: "check every record's checksum",
    description: 'Reads all of the spool and checks each record. Exit code 1 where one cannot be read.',
    action: verify,
  },
];

/** Adds `gather spool status`, `drain` and `verify`. */
export function addSpoolCommand(program: Command, run: RunCommand): void {
  const spool = program
    .command('spool')
    .summary('show, send or check what waits on this machine')
    .description(
      'Works on the messages of "gather send --spool" and "gather follow" that wait on this machine.',
    )
    .addHelpText('after', '\nExamples:\n  $ gather spool status\n  $ gather spool drain');
  for (const { name, summary, description, action } of PARTS) {
    const command = spool.command(name).summary(summary).description(description);
    addSpoolDirOption(command);
    addCommonOptions(command, { examples: [`gather spool ${name}`, `gather spool ${name} --json`] });
    const isOffline = action !== drain;
    command.action((flags: SpoolFlags) => run(command, (context) => action(context, flags), { isOffline }));
  }
}

async function status(context: CommandContext, flags: SpoolFlags): Promise<CommandResult> {
  const survey = await surveySpool(await openSpoolFiles(context, flags));
  const { pending, bytes, state, rejected } = survey;
  const { delivered, dropped, lost } = state.counts;
  const fields = {
    ...ownerOf(context),
    directory: spoolDirectory(context, flags),
    ...fieldsOf(context, survey),
  };
  const age = ageOf(context, survey);
  const since = age === undefined ? '' : `, the oldest for ${String(age)} s`;
  return {
    text: [
      `Waiting:   ${String(pending)} messages${since} (${String(bytes)} bytes on the disk)`,
      `Delivered: ${String(delivered)}`,
      `Refused:   ${String(rejected)}, dropped ${String(dropped)}, lost ${String(lost)}`,
      `Directory: ${spoolDirectory(context, flags)}`,
      ...notesOn(survey),
    ].join('\n'),
    fields,
  };
}

// What somebody should look at.
function notesOn({ isStale, rejectedBytes, damagedBytes, damagedSegments }: SpoolSurvey): string[] {
  const notes: string[] = [];
  if (isStale) notes.push('Damaged:   the newest file of the state; messages may be sent again');
  if (rejectedBytes >= REJECTED_LIMITS.whole)
    notes.push(
      `Full:      rejected.ndjson (${String(rejectedBytes)} bytes): what is refused is lost. Move it away`,
    );
  if (damagedSegments > 0)
    notes.push(
      `Kept:      ${String(damagedSegments)} damaged parts (${String(damagedBytes)} bytes), damaged-*`,
    );
  if (damagedBytes > 0.9 * MAX_DAMAGED_BYTES)
    notes.push('Full:      no more damaged parts are kept. Move them away');
  return notes;
}

async function drain(context: CommandContext, flags: SpoolFlags): Promise<CommandResult> {
  const stop = context.io.stopSignal();
  const files = await openSpoolFiles(context, flags);
  using port = await openShipping(context, stop);
  const { io, output, settings } = context;
  const warn = (text: string): void => {
    output.warn(text);
  };
  const store = new ShipStateStore(files, randomUUID);
  const self = { id: randomUUID(), ...io.machine };
  const shipper = new Shipper({ files, store, port, self, newId: randomUUID, now: io.now, warn });
  const isDone = (isEmpty: boolean): Promise<boolean> => Promise.resolve(isEmpty);
  const end = await shipNow(context, shipper, { stop, isDone, budgetMs: settings.retryForMs });
  const survey = await surveySpool(files);
  const fields = { ...ownerOf(context), ...fieldsOf(context, survey), lastError: end.error?.message ?? null };
  if (end.reason === 'stopped') {
    const exit = stop.reason === 'SIGTERM' ? 'terminated' : 'interrupted';
    throw new CliError(exit, 'interrupted', `Interrupted: ${String(survey.pending)} messages wait`, {
      fields,
    });
  }
  if (end.reason === 'done') return { text: 'The spool is empty', fields };
  const reason = end.error === undefined ? '' : `: ${end.error.message}`;
  return { text: `${String(survey.pending)} messages wait${reason}`, fields, exit: 'spooled' };
}

async function verify(context: CommandContext, flags: SpoolFlags): Promise<CommandResult> {
  const survey = await surveySpool(await openSpoolFiles(context, flags));
  const { messages, missing, damagedLines, damagedSegments } = survey;
  const text = `${String(messages)} messages are whole, ${String(missing)} are missing; ${String(damagedLines)} lines are damaged or torn`;
  return {
    text: damagedSegments === 0 ? text : `${text}; ${String(damagedSegments)} damaged segments are kept`,
    fields: { ...ownerOf(context), ...fieldsOf(context, survey) },
    exit: missing === 0 && damagedLines === 0 ? 'done' : 'failed',
  };
}

function fieldsOf(context: CommandContext, survey: SpoolSurvey): JsonFields {
  const { state, pending, bytes, messages, missing, damagedLines, damagedSegments, rejected } = survey;
  const { rejectedBytes, damagedBytes, isStale } = survey;
  const { delivered, dropped, lost } = state.counts;
  const { deliveredAt } = state;
  return {
    ...{
      pending,
      bytes,
      messages,
      missing,
      damagedLines,
      damagedSegments,
      damagedBytes,
      delivered,
      rejected,
      rejectedBytes,
      isStateDamaged: isStale,
      dropped,
      lost,
    },
    oldestAgeSeconds: ageOf(context, survey) ?? null,
    lastDeliveredAt: deliveredAt === null ? null : new Date(deliveredAt).toISOString(),
  };
}

// Seconds since the oldest message that waits was made, as it says itself.
function ageOf({ io }: CommandContext, { oldest }: SpoolSurvey): number | undefined {
  if (oldest === undefined) return undefined;
  const { time } = JSON.parse(oldest) as { readonly time?: string };
  return time === undefined ? undefined : Math.max(0, Math.round((io.now() - Date.parse(time)) / 1000));
}
