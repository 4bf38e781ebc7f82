import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type * as z from 'zod';
import { syncDirectory } from '../../data-directory/sync-directory.js';
import { checkedLine, parseCheckedLine } from './checked-json.js';
import { DRAFT_SUFFIX } from './segment-names.js';

/**
 * Saves what can be made anew, whole or not at all: under another name, synced, renamed.
 *
 * @throws Node's error where it cannot be written
 */
export async function saveDerived(path: string, value: object): Promise<void> {
  const draft = `${path}${DRAFT_SUFFIX}`;
  const handle = await open(draft, 'w', 0o600);
  try {
    await handle.writeFile(checkedLine(value));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, path);
  await syncDirectory(dirname(path));
}

/**
 * Loads it; undefined where there is none, and where it is not as it was saved.
 *
 * @throws Node's error where there is a file that cannot be read
 */
export async function loadDerived<Value>(path: string, schema: z.ZodType<Value>): Promise<Value | undefined> {
  const text = await readIfThere(path);
  if (text?.endsWith('\n') !== true) return undefined;
  return schema.safeParse(parseCheckedLine(text.slice(0, -1))).data;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
