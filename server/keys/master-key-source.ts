import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncDirectory } from '../data-directory/sync-directory.js';
import type { Secret } from '../config/setting-kinds.js';
import { createKey, loadKey } from './key-file.js';
import { passphraseMasterKey, rawMasterKey, type MasterKey } from './master-key.js';

/** Where the master key is: in a setting, or in a file of the data directory. */
export interface MasterKeySource {
  /** GATHERD_MASTER_KEY: 64 hexadecimal digits are the key, anything else is a passphrase. */
  readonly given: Secret | undefined;
  /** The file that counts where none is given. */
  readonly path: string;
}

const SETTING = 'GATHERD_MASTER_KEY';

/** What names a source to the operator: the setting, or the path. */
export function sourceName({ given, path }: MasterKeySource): string {
  return given === undefined ? path : SETTING;
}

/** The master key of a setting's text. */
export function givenMasterKey(given: Secret): MasterKey {
  const text = given.reveal();
  return /^[0-9a-f]{64}$/i.test(text)
    ? rawMasterKey(SETTING, Buffer.from(text, 'hex'))
    : passphraseMasterKey(SETTING, text);
}

/** Which file a master key is in: the one that counts, the one that waits beside it, or none. */
export type KeyFileUse = 'present' | 'next' | 'none';

/** A master key that may be the right one. */
export interface MasterKeyCandidate {
  readonly master: MasterKey;
  readonly use: KeyFileUse;
}

/**
 * The master keys that a source may mean, the likeliest first; none where there is no file. A second one is there where a
 * change of the key was broken off.
 *
 * @throws AppError `key.unusable` where a file cannot be used
 */
export async function masterKeysOf({ given, path }: MasterKeySource): Promise<readonly MasterKeyCandidate[]> {
  if (given !== undefined) return [{ master: givenMasterKey(given), use: 'none' }];
  const present = await loadKey(path);
  const next = await loadKey(nextPath(path));
  const candidates: MasterKeyCandidate[] = [];
  if (present !== undefined) candidates.push({ master: rawMasterKey(path, present), use: 'present' });
  if (next !== undefined) candidates.push({ master: rawMasterKey(path, next), use: 'next' });
  return candidates;
}

/** The master key of a data directory that has no data keys yet: made where it is in a file and there is none. */
export async function firstMasterKey({ given, path }: MasterKeySource): Promise<MasterKey> {
  if (given !== undefined) return givenMasterKey(given);
  return rawMasterKey(path, (await loadKey(path)) ?? (await createKey(path)));
}

/** Makes the file of the next master key, beside that of the present one. */
export async function createNextKey(path: string): Promise<MasterKey> {
  return rawMasterKey(path, await createKey(nextPath(path)));
}

/** Leaves only the file that the master key is in, under the name that counts. May be repeated. */
export async function settleKeyFiles(path: string, use: KeyFileUse): Promise<void> {
  if (use === 'next') await renameIfThere(nextPath(path), path);
  else await rm(nextPath(path), { force: true });
  if (use === 'none') await rm(path, { force: true });
  await syncDirectory(dirname(path));
}

async function renameIfThere(from: string, to: string): Promise<void> {
  await rename(from, to).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  });
}

// Where the next master key waits until the data keys are under it.
function nextPath(path: string): string {
  return `${path}.next`;
}
