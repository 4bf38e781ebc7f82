import type { SealedColumns } from './data-key-store.js';
import type { KeyRing } from './key-ring.js';

/** A table with sealed fields, and how its rows are sealed anew. */
export interface SealedTable extends SealedColumns {
  /**
   * Seals some rows anew that have anything under another key than this one; answers how many it found, 0 at the end. A row
   * that was changed since it was read is left as it is for the next time.
   */
  readonly resealSome: (keyId: string, limit: number) => Promise<number>;
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
  /** Data keys that are no more. */
  readonly removed: readonly string[];
  /** Data keys that something is still sealed under, so that they were kept; usually none. */
  readonly kept: readonly string[];
}

const ROWS_AT_ONCE = 100;

/**
 * Makes a new data key for fields, and seals everything anew with it, while the server goes on. Older keys are removed when
 * nothing is under them any more. Where an earlier rotation was not finished, that one is finished instead.
 *
 * It may be killed at any moment, or left alone half-way: what is under older keys stays readable, and the next call goes on.
 *
 * @throws AppError `database.…`; `key.unusable` where a row cannot be opened
 */
export async function* rotateKeys(
  ring: KeyRing,
  tables: readonly SealedTable[],
): AsyncGenerator<RotationProgress, RotationOutcome> {
  const isResumed = ring.olderKeyIds.length > 0;
  if (!isResumed) await ring.addFieldsKey();
  const { keyId } = ring;
  let rows = 0;
  for (const table of tables) rows += yield* resealTable(table, keyId);
  const removed: string[] = [];
  for (const id of ring.olderKeyIds) if (await ring.removeOlderKey(id, tables)) removed.push(id);
  return { keyId, isResumed, rows, removed, kept: ring.olderKeyIds };
}

async function* resealTable({ table, resealSome }: SealedTable, keyId: string) {
  let rows = 0;
  for (;;) {
    const found = await resealSome(keyId, ROWS_AT_ONCE);
    if (found === 0) return rows;
    rows += found;
    yield { table, rows } satisfies RotationProgress;
  }
}
