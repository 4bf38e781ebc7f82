import { looksLikeDatabase, readForeignFile, UnusableFile } from '../files/foreign-file.js';
import { looksLikeCsv, readCsvUsers } from './csv-users-file.js';
import { readDatabaseUsers } from './database-users.js';
import type { ForeignUsers, ImportFormat } from './foreign-user.js';
import { looksLikeUsersService, readUsersServiceFile } from './users-service-file.js';

/** A file with users of another system. */
export interface ImportSource {
  readonly path: string;
  /** Told by the content where it is left out. */
  readonly format?: ImportFormat | undefined;
  /** The users service's `USERS_SERVICE_PASSWORD`; its default where it is left out. */
  readonly masterPassword?: string | undefined;
}

/** Reads a file's users. Nothing is written. @throws AppError `import.unusable` */
export async function readForeignUsers({
  path,
  format,
  masterPassword,
}: ImportSource): Promise<ForeignUsers> {
  return readForeignFile(path, async ({ head, read }) => {
    const known = format ?? formatOf(head);
    if (known === 'database') return readDatabaseUsers(path);
    if (known === 'gatherer' || known === 'records') return readDatabaseUsers(path, known);
    const content = await read();
    return known === 'csv' ? readCsvUsers(content) : readUsersServiceFile(content, masterPassword);
  });
}

function formatOf(head: string): 'database' | 'users-service' | 'csv' {
  if (looksLikeDatabase(head)) return 'database';
  if (looksLikeUsersService(head)) return 'users-service';
  if (looksLikeCsv(head)) return 'csv';
  throw new UnusableFile('its content is of no known format (--format)');
}
