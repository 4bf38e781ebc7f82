import { open, stat } from 'node:fs/promises';
import { AppError } from '../../errors/app-error.js';
import { looksLikeCsv, readCsvUsers } from './csv-users-file.js';
import { looksLikeDatabase, readDatabaseUsers } from './database-users.js';
import { UnusableFile, type ForeignUsers, type ImportFormat } from './foreign-user.js';
import { looksLikeUsersService, readUsersServiceFile } from './users-service-file.js';

/** A file with users of another system. */
export interface ImportSource {
  readonly path: string;
  /** Told by the content where it is left out. */
  readonly format?: ImportFormat | undefined;
  /** The users service's `USERS_SERVICE_PASSWORD`; its default where it is left out. */
  readonly masterPassword?: string | undefined;
}

const MIB = 1024 * 1024;
const MAX_FILE_MIB = 256;
const HEAD_BYTES = 4096;

/** Reads a file's users. Nothing is written. @throws AppError `import.unusable` */
export async function readForeignUsers(source: ImportSource): Promise<ForeignUsers> {
  const { path, masterPassword } = source;
  try {
    const head = await readHead(path);
    const format = source.format ?? formatOf(head);
    if (format === 'database') return await readDatabaseUsers(path);
    if (format === 'gatherer' || format === 'records') return await readDatabaseUsers(path, format);
    const content = await readBounded(path, MAX_FILE_MIB * MIB);
    return await (format === 'csv' ? readCsvUsers(content) : readUsersServiceFile(content, masterPassword));
  } catch (error) {
    if (!isOfTheFile(error)) throw error;
    throw new AppError('import.unusable', { details: { path, reason: error.message } });
  }
}

async function readHead(path: string): Promise<string> {
  // Looked at before it is opened: opening a pipe would wait for its other end.
  const state = await stat(path);
  if (!state.isFile()) throw new UnusableFile('it is no file');
  if (state.size > MAX_FILE_MIB * MIB)
    throw new UnusableFile(`it is larger than ${String(MAX_FILE_MIB)} MiB`);
  return (await readBounded(path, HEAD_BYTES)).toString('utf8');
}

function formatOf(head: string): 'database' | 'users-service' | 'csv' {
  if (looksLikeDatabase(head)) return 'database';
  if (looksLikeUsersService(head)) return 'users-service';
  if (looksLikeCsv(head)) return 'csv';
  throw new UnusableFile('its content is of no known format (--format)');
}

async function readBounded(path: string, limit: number): Promise<Buffer> {
  await using handle = await open(path);
  const { size } = await handle.stat();
  const content = Buffer.alloc(Math.min(size, limit));
  let length = 0;
  while (length < content.length) {
    const { bytesRead } = await handle.read(content, length, content.length - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return content.subarray(0, length);
}

function isOfTheFile(error: unknown): error is Error {
  if (error instanceof UnusableFile) return true;
  return error instanceof Error && ('syscall' in error || error.name === 'SqliteError');
}
