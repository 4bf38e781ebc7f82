import type { DataKeyStore, KeyPurpose, WrappedKey } from './data-key-store.js';
import { unusable } from './key-file.js';
import { keyNumber, KeyRing, type OpenedKeys } from './key-ring.js';
import { makeDataKey, unwrapAll, type OpenedRow } from './wrapped-keys.js';
import {
  firstMasterKey,
  masterKeysOf,
  settleKeyFiles,
  sourceName,
  type MasterKeySource,
} from './master-key-source.js';

const PURPOSES: readonly KeyPurpose[] = ['fields', 'lookup', 'audit'];

/**
 * Opens the data keys, and makes them at the first start. Where the master key is not theirs nothing is changed, neither in
 * the database nor in files.
 *
 * @throws AppError `key.unusable`, which names the master key's path or setting, where it is missing, cannot be read or is
 *   another one, and where data keys are missing or damaged; `database.…`
 */
export async function openKeyRing(
  source: MasterKeySource,
  store: DataKeyStore,
  clock: () => Date,
): Promise<KeyRing> {
  const known = await store.list();
  const rows = known.length > 0 ? known : await makeFirstKeys(source, store, clock());
  const { master, use, keys } = await openKeys(source, rows);
  // What a change of the master key that was broken off has left. A file that does not count is not ours to remove.
  if (use !== 'none') await settleKeyFiles(source.path, use);
  return new KeyRing({ master, keys, path: source.path, store, clock });
}

async function makeFirstKeys(source: MasterKeySource, store: DataKeyStore, now: Date) {
  // Without its keys what is there would be lost, and new ones would hide that.
  if (await store.hasTraces())
    throw unusable(sourceName(source), 'the database lacks its data keys; restore it from a backup');
  const master = await firstMasterKey(source);
  const made = await Promise.all(
    PURPOSES.map((purpose) => makeDataKey(master, purpose, `${purpose}-1`, now)),
  );
  // Where another start was first, its keys count.
  await store.insert(made.map(({ row }) => row));
  return store.list();
}

async function openKeys(source: MasterKeySource, rows: readonly WrappedKey[]) {
  const candidates = await masterKeysOf(source);
  if (candidates.length === 0)
    throw unusable(source.path, 'it is missing; restore it, or set GATHERD_MASTER_KEY');
  for (const { master, use } of candidates) {
    const opened = await unwrapAll(master, rows);
    if (opened !== undefined) return { master, use, keys: sortKeys(sourceName(source), opened) };
  }
  throw unusable(
    sourceName(source),
    'the data keys in the database were made under another master key, or are damaged',
  );
}

function sortKeys(source: string, opened: readonly OpenedRow[]): OpenedKeys {
  const ofPurpose = (purpose: KeyPurpose) =>
    opened
      .filter(({ row }) => row.purpose === purpose)
      .sort((one, other) => keyNumber(one.row.id) - keyNumber(other.row.id));
  const [lookup] = ofPurpose('lookup');
  const [audit] = ofPurpose('audit');
  const fields = ofPurpose('fields');
  if (lookup === undefined || audit === undefined || fields.length === 0)
    throw unusable(source, 'the database lacks a data key; restore it from a backup');
  return {
    lookup: lookup.key,
    audit: audit.key,
    fields: new Map(fields.map(({ row, key }) => [row.id, key])),
  };
}
