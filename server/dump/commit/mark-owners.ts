import type { PlacedMark } from '../segments/producer-marks.js';

/** Who had a name, and since when. */
export interface NameBearer {
  /** As it stands in records. */
  readonly name: string;
  readonly ownerId: string;
  readonly since: Date;
}

/** Everybody who has or had one of some names. */
export type BearersOf = (names: readonly string[]) => Promise<readonly NameBearer[]>;

/**
 * Marks with their owners. Records have names only, and a name may have passed from one user to another: a mark is of
 * who had its name then. Where by the times nobody had it yet, a clock was wrong: then it is the first one's. A name that nobody ever
 * had stays without an owner.
 */
export async function withOwners(marks: readonly PlacedMark[], bearersOf: BearersOf): Promise<PlacedMark[]> {
  const names = new Set(marks.filter(({ owner }) => owner === undefined).map(({ user }) => user));
  if (names.size === 0) return [...marks];
  const bearers = new Map<string, NameBearer[]>();
  for (const bearer of await bearersOf([...names])) {
    const ofName = bearers.get(bearer.name);
    if (ofName === undefined) bearers.set(bearer.name, [bearer]);
    else ofName.push(bearer);
  }
  for (const ofName of bearers.values())
    ofName.sort((one, other) => one.since.getTime() - other.since.getTime());
  return marks.map((mark) => ({ ...mark, owner: mark.owner ?? ownerAt(bearers.get(mark.user), mark.at) }));
}

function ownerAt(bearers: readonly NameBearer[] = [], at: number): string | undefined {
  return (bearers.findLast(({ since }) => since.getTime() <= at) ?? bearers[0])?.ownerId;
}
