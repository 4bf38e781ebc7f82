import { open, stat } from 'node:fs/promises';
import { AppError } from '../../../errors/app-error.js';

const MIB = 1024 * 1024;
const MAX_FILE_MIB = 256;
const HEAD_BYTES = 4096;
const MOST_SHOWN = 20;
const MOST_SHOWN_CHARACTERS = 64;

/** Thrown by readers: why a file as a whole is of no use. Becomes AppError `import.unusable`, which names the path. */
export class UnusableFile extends Error {}

/** A file of another system. */
export interface ForeignFile {
  readonly path: string;
  /** What it begins with, by which a format is told. */
  readonly head: string;
  /** All of it. */
  readonly read: () => Promise<Buffer>;
}

/** Reads a file by what knows its format. Nothing is written. @throws AppError `import.unusable` */
export async function readForeignFile<Content>(
  path: string,
  read: (file: ForeignFile) => Promise<Content>,
): Promise<Content> {
  try {
    const head = await readHead(path);
    return await read({ path, head, read: () => readBounded(path, MAX_FILE_MIB * MIB) });
  } catch (error) {
    if (!isOfTheFile(error)) throw error;
    throw new AppError('import.unusable', { details: { path, reason: error.message } });
  }
}

/** Whether a file begins like a SQLite database. */
export function looksLikeDatabase(head: string): boolean {
  return head.startsWith('SQLite format 3\0');
}

/** A warning of the fields that are not taken, none where all are. */
export function warnOfUntaken(names: Iterable<string>): readonly string[] {
  const all = [...names];
  if (all.length === 0) return [];
  const shown = all.slice(0, MOST_SHOWN).map((name) => name.slice(0, MOST_SHOWN_CHARACTERS));
  const rest = all.length > MOST_SHOWN ? ` and ${String(all.length - MOST_SHOWN)} more` : '';
  return [`not taken: ${shown.join(', ')}${rest}`];
}

async function readHead(path: string): Promise<string> {
  // Looked at before it is opened: opening a pipe would wait for its other end.
  const state = await stat(path);
  if (!state.isFile()) throw new UnusableFile('it is no file');
  if (state.size > MAX_FILE_MIB * MIB)
    throw new UnusableFile(`it is larger than ${String(MAX_FILE_MIB)} MiB`);
  return (await readBounded(path, HEAD_BYTES)).toString('utf8');
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
