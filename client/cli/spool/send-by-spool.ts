import { rejectedPositions } from '../../spool/storage/set-aside.js';
import type { AddedRange } from '../../spool/storage/spool-writer.js';
import type { Spool } from '../../spool/spool.js';
import { CliError, usageError } from '../cli-error.js';
import { type CommandContext, ownerOf } from '../command-context.js';
import type { CommandResult } from '../output/output.js';
import { MAX_MESSAGE_BYTES } from '../pipe/message-limits.js';
import { checkTopic } from '../stored/filter-options.js';
import { openSpool, spoolItem } from './open-spool.js';
import { shipNow } from './ship-now.js';
import { openShipping } from './shipping-to-server.js';
import type { SpoolFlags } from './spool-options.js';

/** How long to try to deliver before it is left for later, in milliseconds, unless --retry-for says otherwise. */
const SHIP_FOR_MS = 5_000;
// One try is made even where there is no time for a second one.
const GRACE_MS = 1_000;

/**
 * Stores messages in the spool, then tries to deliver them for a short time. Exit code 0 when the server has them, 75 when
 * they wait in the spool.
 */
export async function sendBySpool(
  context: CommandContext,
  messages: readonly string[],
  flags: SpoolFlags & { readonly topic?: string },
): Promise<CommandResult> {
  const { topic } = flags;
  checkTopic(topic);
  if (messages.some((message) => Buffer.byteLength(message) > MAX_MESSAGE_BYTES))
    throw usageError(`A message is longer than ${String(MAX_MESSAGE_BYTES)} bytes`);
  const stop = AbortSignal.any([context.io.stopSignal(), AbortSignal.timeout(retryMs(context) + GRACE_MS)]);
  const spool = await openSpool(context, flags, stop);
  try {
    const now = context.io.now();
    // One entry: all of them are stored, or none.
    const items = messages.map((message) => spoolItem(message, { topic, now }));
    const added = await spool.writer.add([{ items }]);
    return await deliver(context, spool, added, stop);
  } finally {
    await spool.close();
  }
}

async function deliver(
  context: CommandContext,
  spool: Spool,
  added: AddedRange,
  stop: AbortSignal,
): Promise<CommandResult> {
  const count = added.last - added.first + 1;
  const fields = { ...ownerOf(context), spooled: count };
  using port = await openShipping(context, stop);
  const isDone = async (): Promise<boolean> => (await spool.states.read()).state.head > added.last;
  const end = await shipNow(context, spool.shipTo(port), { stop, isDone, budgetMs: retryMs(context) });
  if (end.reason !== 'done') {
    const lastError = end.error?.message ?? null;
    const text = `Stored in the spool, not yet delivered${lastError === null ? '' : `: ${lastError}`}`;
    return { text, fields: { ...fields, delivered: 0, lastError }, exit: 'spooled' };
  }
  const refused = (await rejectedPositions(spool.files, added.first, added.last)).length;
  const delivered = { ...fields, delivered: count - refused };
  if (refused === 0) return { text: 'Delivered', fields: delivered };
  const text = `${String(refused)} of ${String(count)} messages were refused for good: see rejected.ndjson in the spool`;
  throw new CliError('failed', 'refused', text, { fields: delivered });
}

function retryMs({ flags, io, settings }: CommandContext): number {
  const isGiven = flags.retryFor !== undefined || (io.env['GATHER_RETRY_FOR'] ?? '') !== '';
  return isGiven ? settings.retryForMs : SHIP_FOR_MS;
}
