import { setImmediate } from 'node:timers/promises';

/** After so many others have their turn. */
const LOOKED_AT_ONCE = 10_000;

/** The latest of many, and how many there are. */
export interface Latest<Item> {
  readonly latest: readonly Item[];
  readonly count: number;
}

/**
 * Finds the latest of many without sorting them all: twice the limit is held at the most.
 *
 * @param timeOf - any number that is higher the later it is
 */
export async function latestOf<Item>(
  items: Iterable<Item>,
  limit: number,
  timeOf: (item: Item) => number,
): Promise<Latest<Item>> {
  const cut = (some: Item[]) => some.sort((one, other) => timeOf(other) - timeOf(one)).slice(0, limit);
  let held: Item[] = [];
  let after = Number.NEGATIVE_INFINITY;
  let count = 0;
  for (const item of items) {
    count += 1;
    if (count % LOOKED_AT_ONCE === 0) await setImmediate();
    if (timeOf(item) <= after) continue;
    held.push(item);
    if (held.length < limit * 2) continue;
    held = cut(held);
    const last = held.at(-1);
    if (last !== undefined) after = timeOf(last);
  }
  return { latest: cut(held), count };
}
