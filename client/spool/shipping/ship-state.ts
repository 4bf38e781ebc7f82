import * as z from 'zod';
import { checksum } from '../format/spool-line.js';

const count = z.number().int().nonnegative();

const shipState = z.object({
  producer: z.uuid(),
  number: z.number().int().positive(),
  head: z.number().int().positive(),
  claimedTo: z.number().int().positive(),
  skip: z.object({ from: count, to: count }).nullable(),
  lease: z.object({ id: z.string(), pid: count, host: z.string(), until: z.number() }).nullable(),
  deliveredAt: z.number().nullable(),
  counts: z.object({ delivered: count, rejected: count, dropped: count, lost: count }),
});

/**
 * How far shipping is. It never holds that something was delivered before the server said so, and never forgets what
 * may have been sent:
 *
 * - `head` is the first position that is not settled, and `number` the producer's number of the message there.
 * - Positions from `head` up to `claimedTo` may have been sent, and only these. Theirs are the numbers from `number` on, one
 *   each, until all are settled: so whatever is sent again has the number that it had.
 * - What is missing (`skip`: dropped for want of room; damaged; refused) takes no number, unless it was claimed.
 *
 * A message gets its number when it is claimed, and the claim is on the disk before anything of it is sent.
 */
export type ShipState = z.infer<typeof shipState>;

/** Who ships now, and until when (milliseconds since the epoch) others leave it to them. */
export type Lease = NonNullable<ShipState['lease']>;

/** The state of a new spool. */
export function newShipState(producer: string): ShipState {
  return {
    producer,
    number: 1,
    head: 1,
    claimedTo: 1,
    skip: null,
    lease: null,
    deliveredAt: null,
    counts: { delivered: 0, rejected: 0, dropped: 0, lost: 0 },
  };
}

/** The server has the next `taken` messages, at least; their numbers are used up. */
export function settled(state: ShipState, taken: number, at: number): ShipState {
  const head = state.head + taken;
  return {
    ...state,
    head,
    number: state.number + taken,
    claimedTo: Math.max(head, state.claimedTo),
    deliveredAt: at,
    counts: { ...state.counts, delivered: state.counts.delivered + taken },
  };
}

/** The messages below `claimedTo` are about to be sent. */
export function claimed(state: ShipState, claimedTo: number, lease: Lease): ShipState {
  return { ...state, claimedTo: Math.max(claimedTo, state.claimedTo), lease };
}

/** The message at the head was refused for good and is kept aside. The server has none of those after it. */
export function headRejected(state: ShipState): ShipState {
  const head = state.head + 1;
  const counts = { ...state.counts, rejected: state.counts.rejected + 1 };
  return { ...state, head, claimedTo: head, counts };
}

/** Nothing is left in front of `head`, and nothing is claimed: what is missing was dropped, or is lost. */
export function movedOver(state: ShipState, head: number): ShipState {
  const { skip } = state;
  const dropped = skip === null ? 0 : overlap(state.head, head, skip.from, skip.to);
  const counts = { ...state.counts, lost: state.counts.lost + head - state.head - dropped };
  const isPast = skip !== null && skip.to <= head;
  return { ...state, head, claimedTo: head, counts, skip: isPast ? null : skip };
}

/** All that is claimed gets new numbers, those of another producer: the server certainly has none of it. */
export function withNewProducer(state: ShipState, producer: string): ShipState {
  return { ...state, producer, number: 1 };
}

/** Positions from `from` up to `to`, none of them claimed, are dropped: `messages` of them were there. */
export function dropped(state: ShipState, from: number, to: number, messages: number): ShipState {
  const counts = { ...state.counts, dropped: state.counts.dropped + messages };
  return { ...state, skip: { from: state.skip?.from ?? from, to }, counts };
}

/** Writes a state as a file's text. */
export function encodeShipState(state: ShipState): Buffer {
  const json = JSON.stringify(state);
  return Buffer.from(`${json}\n${checksum(Buffer.from(json))}\n`);
}

/** Reads a file's text; undefined where it is not whole. */
export function decodeShipState(bytes: Buffer): ShipState | undefined {
  const [json = '', crc] = bytes.toString().split('\n');
  if (crc !== checksum(Buffer.from(json))) return undefined;
  return shipState.safeParse(JSON.parse(json)).data;
}

function overlap(from: number, to: number, otherFrom: number, otherTo: number): number {
  return Math.max(0, Math.min(to, otherTo) - Math.max(from, otherFrom));
}
