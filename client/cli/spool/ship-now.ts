import type { Shipper } from '../../spool/shipping/shipper.js';
import { type ShipLoopEnd, type ShipLoopOptions, shipUntil } from '../../spool/shipping/ship-loop.js';
import type { CommandContext } from '../command-context.js';

/** Ships until it is done; `budgetMs` says for how long without getting on. Others may ship afterwards at once. */
export async function shipNow(
  context: CommandContext,
  shipper: Shipper,
  more: Pick<ShipLoopOptions, 'stop' | 'isDone' | 'budgetMs'> & Partial<Pick<ShipLoopOptions, 'onFailure'>>,
): Promise<ShipLoopEnd> {
  const { io, output } = context;
  try {
    return await shipUntil({
      shipper,
      onFailure: (error, delayMs) => {
        output.progress(`${error.message}. Trying again in ${(delayMs / 1000).toFixed(1)} s`);
      },
      monotonicNow: () => performance.now(),
      random: io.random,
      ...more,
    });
  } finally {
    await shipper.release();
  }
}

/** Tells whoever reads standard error of an outage: once, not at each try. */
export function outageTeller({ output }: CommandContext): (error: Error) => void {
  let last = '';
  return ({ message }) => {
    if (message !== last) output.warn(`${message}. Messages wait in the spool`);
    last = message;
  };
}
