import type { Shipper } from '../../spool/shipping/shipper.js';
import type { ShipLoopEnd } from '../../spool/shipping/ship-loop.js';
import type { Spool } from '../../spool/spool.js';
import { CliError, type JsonFields, toCliError } from '../cli-error.js';
import { type CommandContext, ownerOf } from '../command-context.js';
import type { CommandResult } from '../output/output.js';
import { openSpool } from './open-spool.js';
import { outageTeller, shipNow } from './ship-now.js';
import { openShipping } from './shipping-to-server.js';
import { SpoolIntake, type SpoolIntakeOptions } from './spool-intake.js';
import type { SpoolFlags } from './spool-options.js';

/** The options of `gather pipe --spool`, as they were given. */
export interface SpooledPipeFlags extends SpoolFlags {
  readonly topic?: string;
  readonly ndjson?: boolean;
}

/** How it stands with the messages of a run. */
interface Stand {
  readonly spooled: number;
  readonly waiting: number;
  readonly refused: number;
  /** How many messages were dropped for want of room, those of other runs included. */
  readonly dropped: number;
}

/**
 * Takes the lines of standard input into the spool, and ships it meanwhile. Exit code 0 when the server has them all, 75 when
 * the input has ended and some still wait after the time to try again.
 */
export async function pipeBySpool(
  context: CommandContext,
  flags: SpooledPipeFlags,
  onProgress: SpoolIntakeOptions['onProgress'],
): Promise<CommandResult> {
  const { io } = context;
  const stop = io.stopSignal();
  const spool = await openSpool(context, flags, stop);
  try {
    const droppedBefore = (await spool.states.read()).state.counts.dropped;
    const timeOf = (): string => new Date(io.now()).toISOString();
    const options = { topic: flags.topic, isNdjson: flags.ndjson, timeOf, onProgress };
    const intake = new SpoolIntake({ ...options, input: io.stdin, writer: spool.writer, stop });
    const { end, error } = await takeAndShip(context, spool, intake, stop);
    return conclude(context, { end, error, stop, stand: await standOf(spool, intake, droppedBefore) });
  } finally {
    await spool.close();
  }
}

/** How shipping ended, and what the intake failed with. */
interface RunEnd {
  readonly end: ShipLoopEnd;
  readonly error: unknown;
}

// What came before a failure of the intake is delivered all the same.
async function takeAndShip(
  context: CommandContext,
  spool: Spool,
  intake: SpoolIntake,
  stop: AbortSignal,
): Promise<RunEnd> {
  using port = await openShipping(context, stop);
  const shipper = spool.shipTo(port);
  const ended = new AbortController();
  const shipping = shipMeanwhile(context, shipper, AbortSignal.any([stop, ended.signal]));
  // Where shipping fails for good, it is heard of when the input ends.
  shipping.catch(() => undefined);
  let error: unknown;
  try {
    await intake.run();
  } catch (thrown) {
    error = thrown;
  }
  ended.abort();
  await shipping;
  const isDone = async (): Promise<boolean> => (await spool.states.read()).state.head > intake.spooled.last;
  return {
    end: await shipNow(context, shipper, { stop, isDone, budgetMs: context.settings.retryForMs }),
    error,
  };
}

function shipMeanwhile(context: CommandContext, shipper: Shipper, stop: AbortSignal): Promise<ShipLoopEnd> {
  return shipNow(context, shipper, {
    stop,
    isDone: () => Promise.resolve(false),
    budgetMs: Number.POSITIVE_INFINITY,
    onFailure: outageTeller(context),
  });
}

async function standOf(spool: Spool, { spooled }: SpoolIntake, droppedBefore: number): Promise<Stand> {
  const { head, counts } = (await spool.states.read()).state;
  return {
    spooled: spooled.count,
    waiting: spooled.count - spooled.countBefore(head),
    refused: await spooled.countRefused(spool.files),
    dropped: counts.dropped - droppedBefore,
  };
}

function conclude(
  context: CommandContext,
  { end, error, stop, stand }: RunEnd & { readonly stop: AbortSignal; readonly stand: Stand },
): CommandResult {
  const { spooled, waiting, refused, dropped } = stand;
  const delivered = Math.max(0, spooled - waiting - refused - dropped);
  const fields = { ...ownerOf(context), spooled, delivered, refused, dropped, waiting };
  const text = textOf(stand);
  if (stop.aborted) {
    const exit = stop.reason === 'SIGTERM' ? 'terminated' : 'interrupted';
    throw new CliError(exit, 'interrupted', `Interrupted: ${text}`, { fields });
  }
  if (error !== undefined) throw failure(toCliError(error), text, fields);
  const lastError = end.error?.message ?? null;
  if (waiting > 0) {
    const reason = lastError === null ? '' : `: ${lastError}`;
    return { text: `${text}${reason}`, fields: { ...fields, lastError }, exit: 'spooled' };
  }
  if (refused > 0) throw new CliError('failed', 'refused', text, { fields });
  return { text: context.output.isWatched || dropped > 0 ? text : '', fields };
}

function failure(error: CliError, text: string, fields: JsonFields): CliError {
  const more = { fields: { ...error.fields, ...fields }, cause: error.cause };
  return new CliError(error.exit, error.kind, `${error.message}. ${text}`, more);
}

function textOf({ spooled, waiting, refused, dropped }: Stand): string {
  const parts = [`${String(spooled)} lines were spooled, ${String(waiting)} of them wait`];
  if (refused > 0) parts.push(`${String(refused)} were refused for good: see rejected.ndjson in the spool`);
  if (dropped > 0) parts.push(`${String(dropped)} messages were dropped as the spool was full`);
  return parts.join('; ');
}
