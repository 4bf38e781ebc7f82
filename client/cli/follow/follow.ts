import type { Shipper } from '../../spool/shipping/shipper.js';
import type { Spool } from '../../spool/spool.js';
import { CliError, usageError } from '../cli-error.js';
import { type CommandContext, ownerOf } from '../command-context.js';
import type { CommandResult } from '../output/output.js';
import { openSpool, spoolItem } from '../spool/open-spool.js';
import { checkTopic } from '../stored/filter-options.js';
import { outageTeller, shipNow } from '../spool/ship-now.js';
import { openShipping } from '../spool/shipping-to-server.js';
import type { SpoolFlags } from '../spool/spool-options.js';
import { FileFollower } from './file-follower.js';
import { followAll } from './follow-loop.js';
import { followedPaths, lockOrRefuse } from './followed-paths.js';

/** The options of `gather follow`, as they were given. */
export interface FollowFlags extends SpoolFlags {
  readonly from: string;
  readonly topic?: string;
}

// Pauses are short all the same: 5 s at most.
const FOR_EVER_MS = Number.POSITIVE_INFINITY;

/** Follows files until it is stopped: takes their lines into the spool, and ships it. */
export async function follow(
  context: CommandContext,
  paths: readonly string[],
  flags: FollowFlags,
): Promise<CommandResult> {
  const { from, topic } = flags;
  if (from !== 'start' && from !== 'end') throw usageError('--from: it is start or end');
  checkTopic(topic);
  const files = await followedPaths(paths);
  const asked = context.io.stopSignal();
  const failure = new AbortController();
  const stop = AbortSignal.any([asked, failure.signal]);
  await using _locks = await lockOrRefuse(context, flags, files);
  const spool = await openSpool(context, flags, stop);
  try {
    using port = await openShipping(context, stop);
    const followers = files.map((path) => makeFollower(context, spool, { path, from, topic }));
    const shipping = shipAll(context, spool.shipTo(port), stop);
    const reading = followAll(context, followers, files, stop);
    const ending = (error: unknown): void => {
      failure.abort(error);
    };
    await Promise.all([endOnFailure(reading, ending), endOnFailure(shipping, ending)]);
    throw interruption(asked, await waiting(spool), context);
  } finally {
    await spool.close();
  }
}

function shipAll(context: CommandContext, shipper: Shipper, stop: AbortSignal): Promise<unknown> {
  const isDone = (): Promise<boolean> => Promise.resolve(false);
  return shipNow(context, shipper, { stop, isDone, budgetMs: FOR_EVER_MS, onFailure: outageTeller(context) });
}

function makeFollower(
  { io, output }: CommandContext,
  spool: Spool,
  { path, from, topic }: { path: string; from: 'start' | 'end'; topic: string | undefined },
): FileFollower {
  return new FileFollower({
    path,
    writer: spool.writer,
    files: spool.files,
    from,
    itemOf: (text) => spoolItem(text, { topic, now: io.now() }),
    now: io.now,
    warn: (text) => {
      output.warn(text);
    },
  });
}

async function endOnFailure(work: Promise<unknown>, end: (error: unknown) => void): Promise<void> {
  try {
    await work;
  } catch (error) {
    end(error);
    throw error;
  }
}

async function waiting(spool: Spool): Promise<number> {
  const { head } = (await spool.states.read()).state;
  return Math.max(0, spool.writer.last + 1 - head);
}

function interruption(asked: AbortSignal, left: number, context: CommandContext): CliError {
  const exit = asked.reason === 'SIGTERM' ? 'terminated' : 'interrupted';
  const text =
    left === 0 ? 'Interrupted: all is delivered' : `Interrupted: ${String(left)} messages wait in the spool`;
  return new CliError(exit, 'interrupted', text, { fields: { ...ownerOf(context), waiting: left } });
}
