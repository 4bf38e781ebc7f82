import { randomBytes } from 'node:crypto';
import type { KeyPurpose, WrappedKey } from './data-key-store.js';
import type { MasterKey } from './master-key.js';

const KEY_BYTES = 32;

/** A data key, and how it is kept. */
export interface OpenedRow {
  readonly row: WrappedKey;
  /** 32 bytes. */
  readonly key: Buffer;
}

/** Makes a data key. */
export async function makeDataKey(
  master: MasterKey,
  purpose: KeyPurpose,
  id: string,
  createdAt: Date,
): Promise<OpenedRow> {
  const key = randomBytes(KEY_BYTES);
  return { key, row: { id, purpose, wrapped: await master.wrap({ id, purpose }, key), createdAt } };
}

/** Opens data keys; undefined where one of them does not open. */
export async function unwrapAll(
  master: MasterKey,
  rows: readonly WrappedKey[],
): Promise<readonly OpenedRow[] | undefined> {
  const opened: OpenedRow[] = [];
  for (const row of rows) {
    const key = await master.unwrap(row, row.wrapped);
    if (key === undefined) return undefined;
    opened.push({ row, key });
  }
  return opened;
}
