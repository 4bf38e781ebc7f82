import { mkdir, mkdtemp, open, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { DataDirectory } from '../../data-directory/claim-data-directory.js';
import { syncDirectory } from '../../data-directory/sync-directory.js';
import { copyDatabase } from '../../database/copy-database.js';
import type { KeyRing } from '../../keys/key-ring.js';
import type { Actor, AuditService } from '../audit/audit-service.js';
import {
  asUnusable,
  AUDIT_END,
  backupUnusable,
  copyFileDurably,
  DATABASE,
  DUMP_NOTES,
  isThere,
  KEY_FILES,
  measureFile,
  namesIn,
  type BackupFile,
} from './backup-files.js';
import { LIST_NAME, type BackupList } from './backup-list.js';

/** What a backup came to. */
export interface BackupReport {
  /** Where it is. */
  readonly path: string;
  /** UTC, RFC 3339. */
  readonly madeAt: string;
  readonly files: readonly BackupFile[];
  /** What a restore needs besides, for a person to read. */
  readonly lacks: readonly string[];
}

/** Copies what a server needs to go on, while it runs. */
export interface BackupService {
  /**
   * Copies the database as it is at one moment, the keys, and what the dump keeps beside itself; not the dump.
   *
   * @param target - a directory that is not there, or is empty; it is there as a whole or not at all
   * @throws AppError `backup.unusable`
   */
  backup(actor: Actor, target: string, options: { readonly withKeys: boolean }): Promise<BackupReport>;
}

/** What the service needs. */
export interface BackupDeps {
  readonly directory: Pick<DataDirectory, 'file'>;
  readonly keys: Pick<KeyRing, 'inTurn'>;
  readonly audit: Pick<AuditService, 'append'>;
  /** Settings that hold a key in place of a file, by their variable's name. */
  readonly keySettings: readonly string[];
  /** Of gatherd. */
  readonly version: string;
  readonly clock: () => Date;
}

/** Makes the service. */
export function createBackupService(deps: BackupDeps): BackupService {
  return {
    backup: async (actor, target, { withKeys }) => {
      const path = resolve(target);
      try {
        const report = await makeBackup(deps, path, withKeys);
        const details = { withKeys, files: report.files.map(({ name }) => name) };
        await deps.audit.append({ action: 'backup.made', actor, subject: { name: path }, details });
        return report;
      } catch (error) {
        throw asUnusable(path, error);
      }
    },
  };
}

async function makeBackup(deps: BackupDeps, path: string, withKeys: boolean): Promise<BackupReport> {
  if (((await namesIn(path)) ?? []).length > 0) throw backupUnusable(path, 'it is not empty');
  await mkdir(dirname(path), { recursive: true });
  // Its owner's only, as mkdtemp makes them.
  const draft = await mkdtemp(`${path}.draft-`);
  try {
    const list = await fillDraft(deps, draft, withKeys);
    await putInPlace(draft, path);
    return { path, madeAt: list.madeAt, files: list.files, lacks: list.lacks };
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

async function fillDraft(deps: BackupDeps, draft: string, withKeys: boolean): Promise<BackupList> {
  const { directory, clock, version } = deps;
  const madeAt = clock().toISOString();
  const copied: string[] = [DATABASE];
  const copy = async (name: string) => {
    if (!(await isThere(directory.file(name)))) return;
    await copyFileDurably(directory.file(name), join(draft, name));
    copied.push(name);
  };
  // Before the database, so that it tells of no line that is not in there.
  await copy(AUDIT_END);
  // No key is wrapped anew between the database and the keys, so that they fit.
  await deps.keys.inTurn(async () => {
    await copyDatabase(directory.file(DATABASE), join(draft, DATABASE));
    if (withKeys) for (const name of KEY_FILES) await copy(name);
  });
  await close(join(draft, DATABASE));
  for (const name of DUMP_NOTES) await copy(name);
  const files: BackupList['files'] = [];
  for (const name of copied) files.push({ name, ...(await measureFile(join(draft, name))) });
  const list: BackupList = { backup: 1, version, madeAt, files, lacks: await lacking(deps, withKeys) };
  await writeList(join(draft, LIST_NAME), list);
  await syncDirectory(draft);
  return list;
}

async function lacking({ directory, keySettings }: BackupDeps, withKeys: boolean): Promise<string[]> {
  const lacks = keySettings.map((name) => `${name}, which is a setting`);
  if (!withKeys) {
    for (const name of KEY_FILES)
      if (await isThere(directory.file(name))) lacks.push(`${name}, which was left out`);
  }
  // Its key is better kept by itself, and it changes by gatherd cert only.
  if (await isThere(directory.file('tls')))
    lacks.push('tls, the certificates, a directory that is copied by itself');
  return [...lacks, 'the dump, whose files are copied by themselves'];
}

// SQLite makes its files as the umask has it, and does not sync this one.
async function close(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.chmod(0o600);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writeList(path: string, list: BackupList): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(list, undefined, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function putInPlace(draft: string, path: string): Promise<void> {
  // Windows renames over no directory, not even over an empty one. One that is not empty any more stays.
  if (await isThere(path)) await rmdir(path);
  await rename(draft, path);
  await syncDirectory(dirname(path));
}
