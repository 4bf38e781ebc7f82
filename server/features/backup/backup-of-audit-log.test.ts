import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { claimDataDirectory } from '../../data-directory/claim-data-directory.js';
import { openDatabase, type Database } from '../../database/database.js';
import { openNewDatabase } from '../../tests/support/new-database.js';
import { temporaryDirectory } from '../../tests/support/temporary-directory.js';
import { openAuditService } from '../audit/open-audit-log.js';
import { createPrismaAuditStore } from '../audit/prisma-audit-store.js';
import { createBackupService } from './backup-service.js';
import { restoreBackup } from './restore-backup.js';

const OPERATOR = { endpoint: 'local', door: 'operator' } as const;
const auditKey = randomBytes(32);

function openAudit(database: Database, path: string, logged: string[]) {
  const deps = {
    ...{ auditKey, store: createPrismaAuditStore(database), clock: () => new Date(0) },
    findUserId: () => Promise.resolve(undefined),
    logger: { error: (_fields: object, text?: string) => void logged.push(String(text)) },
  };
  return openAuditService(deps, path);
}

test('a backup that is made while the audit log grows is restored with a log that is whole, and as long as it was', async () => {
  await using folder = await temporaryDirectory();
  await using directory = await claimDataDirectory(join(folder.path, 'data'));
  await using database = await openNewDatabase(directory.file('gatherd.db'));
  const logged: string[] = [];
  await using audit = await openAudit(database, directory.file('audit.end'), logged);
  await audit.append({ action: 'login', actor: OPERATOR });
  const backups = createBackupService({
    ...{ directory, audit, keySettings: [], version: '1.2.3', clock: () => new Date(0) },
    keys: { inTurn: (work) => work() },
  });
  const progress = { isDone: false };
  const target = join(folder.path, 'backup');
  const made = backups.backup(OPERATOR, target, { withKeys: true }).finally(() => (progress.isDone = true));
  while (!progress.isDone) {
    await audit.append({ action: 'login', actor: OPERATOR });
    // The database works in this thread, so nothing else would have a turn.
    await nextTurn();
  }
  expect((await made).files.map(({ name }) => name)).toContain('audit.end');

  const restored = join(folder.path, 'restored');
  await restoreBackup(target, restored);
  await using copy = await openDatabase(join(restored, 'gatherd.db'));
  await using again = await openAudit(copy, join(restored, 'audit.end'), logged);
  expect(await again.verify()).toMatchObject({ is_whole: true });
  await copy.client.auditEntry.deleteMany();
  expect(await again.verify()).toMatchObject({ is_whole: false, first_broken: 1 });
  expect(logged).toEqual([]);
});
