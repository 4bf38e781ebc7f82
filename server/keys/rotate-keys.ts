import type { SealedColumns } from './data-key-store.js';
import type { KeyRing } from './key-ring.js';

/** What came of sealing some rows anew. */
export interface Resealed {
  /** How many were found that were under another key; 0 at the end. */
  readonly rows: number;
  /** In how many of them something could not be opened, and was left as it was. */
  readonly damaged: number;
}

/** A table with sealed fields, and how its rows are sealed anew. */
export interface SealedTable extends SealedColumns {
  /**
   * Seals some rows anew that have anything under another key than this one. A row that was changed since it was read is left
   * as it is for the next time; one with a damaged field is found once for each key.
   */
  readonly resealSome: (keyId: string, limit: number) => Promise<Resealed>;
}

/** How far a rotation is. */
export interface RotationProgress {
  readonly table: string;
  /** Rows of this table that have been sealed anew so far. */
  readonly rows: number;
}

/** What a rotation came to. */
export interface RotationOutcome {
  /** The data key that seals from now on. */
  readonly keyId: string;
  /** Whether it went on with one that had not been finished; then no new key was made. */
  readonly isResumed: boolean;
  /** Rows that were sealed anew now. */
  readonly rows: number;
  /** Rows of them with a field that cannot be opened: it was left as it was. */
  readonly damaged: number;
  /** Data keys that are no more. */
  readonly removed: readonly string[];
  /** Data keys that something is still sealed under, so that they were kept; none, unless a field is damaged. */
  readonly kept: readonly string[];
}

const ROWS_AT_ONCE = 100;

/**
 * Makes a new data key for fields, and seals everything anew with it, while the server goes on. Older keys are removed when
 * nothing is under them any more. Where an earlier rotation was not finished, that one is finished instead.
 *
 * It may be killed at any moment, or left alone half-way: what is under older keys stays readable, and the next call goes on.
 * A field that cannot be opened stays as it is, and so does the key that it may be under.
 *
 * @throws AppError `database.…`
 */
export async function* rotateKeys(
  ring: KeyRing,
  tables: readonly SealedTable[],
): AsyncGenerator<RotationProgress, RotationOutcome> {
  const finished = yield* finishRotation(ring, tables);
  if (finished !== undefined) return finished;
  await ring.addFieldsKey();
  return yield* resealAll(ring, tables, false);
}

/** Goes on with a rotation that was broken off; undefined where there is none. @throws AppError `database.…` */
export async function* finishRotation(
  ring: KeyRing,
  tables: readonly SealedTable[],
): AsyncGenerator<RotationProgress, RotationOutcome | undefined> {
  if (ring.olderKeyIds.length === 0) return undefined;
  const outcome = yield* resealAll(ring, tables, true);
  // Older keys may be there only for what is damaged.
  return outcome.rows === 0 && outcome.removed.length === 0 ? undefined : outcome;
}

async function* resealAll(
  ring: KeyRing,
  tables: readonly SealedTable[],
  isResumed: boolean,
): AsyncGenerator<RotationProgress, RotationOutcome> {
  const { keyId } = ring;
  const all = { rows: 0, damaged: 0 };
  for (const table of tables) {
    const { rows, damaged } = yield* resealTable(table, keyId);
    all.rows += rows;
    all.damaged += damaged;
  }
  const removed: string[] = [];
  for (const id of ring.olderKeyIds) if (await ring.removeOlderKey(id, tables)) removed.push(id);
  return { keyId, isResumed, ...all, removed, kept: ring.olderKeyIds };
}

async function* resealTable(
  { table, resealSome }: SealedTable,
  keyId: string,
): AsyncGenerator<RotationProgress, Resealed> {
  const all = { rows: 0, damaged: 0 };
  for (;;) {
    const found = await resealSome(keyId, ROWS_AT_ONCE);
    if (found.rows === 0) return all;
    all.rows += found.rows;
    all.damaged += found.damaged;
    yield { table, rows: all.rows };
  }
}
