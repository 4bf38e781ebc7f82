import { segmentsIn } from '../format/file-names.js';
import type { SpoolFiles } from '../storage/spool-files.js';
import type { SpoolReader } from '../storage/spool-reader.js';
import type { ShipState } from './ship-state.js';

/** What is known besides a state that is not the newest. */
export interface StaleKnowledge {
  readonly files: SpoolFiles;
  readonly reader: SpoolReader;
  /** The last number that the server has of the state's producer. */
  readonly last: number;
  /** Makes a UUID. */
  readonly newId: () => string;
}

/**
 * The state to go on with where a newer one is lost. A number that is used again would make the server drop a message as a
 * known one, so all that is left gets those of a new producer. What it has by the numbers of the old one is not sent again:
 * messages without a number between them only make that less than it has. The rest of what was sent since is sent twice.
 */
export async function recovered(stale: ShipState, knowledge: StaleKnowledge): Promise<ShipState> {
  const head = await headOf(stale, knowledge);
  const skip = stale.skip !== null && stale.skip.to > head ? stale.skip : null;
  return { ...stale, producer: knowledge.newId(), number: 1, head, claimedTo: head, skip, lease: null };
}

// What is in front of it is settled, or gone. It is never beyond the next position that will be given.
async function headOf({ head, number }: ShipState, { files, reader, last }: StaleKnowledge): Promise<number> {
  const expected = head + Math.max(0, last + 1 - number);
  const isGiven = expected > head && (await firstFrom(reader, expected - 1)) !== undefined;
  const found = await firstFrom(reader, isGiven ? expected : head);
  if (found !== undefined) return found;
  return isGiven ? expected : Math.max(head, segmentsIn(await files.list()).at(-1)?.number ?? head);
}

async function firstFrom(reader: SpoolReader, position: number): Promise<number | undefined> {
  const limits = { maxRecords: 1, maxBytes: 1, before: Number.POSITIVE_INFINITY };
  return (await reader.read(position, limits))[0]?.position;
}
