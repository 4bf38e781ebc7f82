import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { AUDIT_END, backupUnusable, DATABASE, DUMP_NOTES, KEY_FILES } from './backup-files.js';

/** What a backup says of itself, in its file `backup.json`. */
export const LIST_NAME = 'backup.json';

const NAMES = [DATABASE, AUDIT_END, ...KEY_FILES, ...DUMP_NOTES];

const backupList = z.strictObject({
  /** Of this list; another one is not understood. */
  backup: z.literal(1),
  /** Of the gatherd that made it. */
  version: z.string().max(100),
  /** UTC, RFC 3339. */
  madeAt: z.iso.datetime(),
  files: z.array(
    z.strictObject({
      // No others, so that a list that somebody made leads nowhere else.
      name: z.enum(NAMES),
      bytes: z.number().int().min(0),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
  /** What is needed besides, for a person to read. */
  lacks: z.array(z.string().max(1000)),
});
export type BackupList = z.infer<typeof backupList>;

/** The list of a backup. @throws AppError `backup.unusable` where there is none, or it is not as one is made */
export async function readBackupList(directory: string): Promise<BackupList> {
  const path = join(directory, LIST_NAME);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw backupUnusable(directory, `it has no ${LIST_NAME} that can be read, so it is no backup`, error);
  });
  const list = parse(text);
  const names = new Set(list?.files.map(({ name }) => name));
  if (list?.files.length !== names.size || !names.has(DATABASE))
    throw backupUnusable(path, 'it is damaged, or of another version');
  return list;
}

function parse(text: string): BackupList | undefined {
  try {
    return backupList.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
