import { createHash } from 'node:crypto';
import { lstat, mkdir, realpath, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { AppError } from '../errors/app-error.js';

/** Where the server of a data directory listens for the operator's commands. */
export interface ControlPlace {
  /** Of a unix socket, or the name of a pipe on Windows. */
  readonly path: string;
  /** A directory for it alone, where the data directory's path is too long for a socket; nobody but its owner may enter. */
  readonly shelter?: { readonly path: string; readonly owners: readonly number[] };
}

/** The longest path of a unix socket is 103 bytes on macOS, 107 on Linux. */
const MOST_PATH_BYTES = 103;

/** Where the server of a data directory listens, if there is one: the same for server and command. */
export async function controlPlaceOf(
  dataDir: string,
  platform: NodeJS.Platform = process.platform,
): Promise<ControlPlace> {
  const directory = await realpath(dataDir).catch(() => resolve(dataDir));
  if (platform === 'win32') return { path: `\\\\.\\pipe\\gatherd-${hashOf(directory.toLowerCase())}` };
  const path = join(directory, 'control.sock');
  if (Buffer.byteLength(path) <= MOST_PATH_BYTES) return { path };
  const shelter = join(tmpdir(), `gatherd-${hashOf(directory)}`);
  const { uid } = await stat(directory).catch(() => ({ uid: ownId() }));
  return { path: join(shelter, 'control.sock'), shelter: { path: shelter, owners: [uid, ownId()] } };
}

/** Makes the shelter of a place, where it has one. @throws AppError `data_directory.unusable` where somebody else made it */
export async function makeShelter({ shelter }: ControlPlace): Promise<void> {
  if (shelter === undefined) return;
  await mkdir(shelter.path, { mode: 0o700 }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
  await assertSheltered({ path: '', shelter });
}

/**
 * Makes sure that nobody else listens at a place: in a directory that all may write to, anybody can be the first.
 *
 * @throws AppError `data_directory.unusable`
 */
export async function assertSheltered({ shelter }: ControlPlace): Promise<void> {
  if (shelter === undefined) return;
  const found = await lstat(shelter.path).catch(() => undefined);
  if (found === undefined) return;
  const isOurs = found.isDirectory() && shelter.owners.includes(found.uid) && (found.mode & 0o077) === 0;
  if (isOurs) return;
  const reason = `${shelter.path}, where its server's socket belongs, is somebody else's: remove it`;
  throw new AppError('data_directory.unusable', { details: { directory: shelter.path, reason } });
}

function ownId(): number {
  return process.getuid?.() ?? -1;
}

function hashOf(directory: string): string {
  return createHash('sha256').update(directory).digest('hex').slice(0, 32);
}
