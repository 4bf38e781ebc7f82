import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import { userNameKey } from '../../../protocol/user-name.js';
import { Spool } from '../../spool/spool.js';
import { openSpoolDirectory } from '../../spool/storage/disk-spool-files.js';
import type { SpoolFiles } from '../../spool/storage/spool-files.js';
import { CliError, configurationError } from '../cli-error.js';
import { type CommandContext, ownerOf } from '../command-context.js';
import type { TokenOwner } from '../settings/config-store.js';
import { type SpoolFlags, spoolSettings } from './spool-options.js';

const OWNER_NAME = 'owner.json';
// What goes by itself, or when there is room.
const DISK_ERRORS: readonly string[] = ['ENOSPC', 'EDQUOT', 'EIO'];
const MAX_OWNER_BYTES = 64 * 1024;
const ownerFile = z.looseObject({ server: z.string(), user: z.string() });

/** Where the spool of this server and user is. */
export function spoolDirectory(context: CommandContext, { spoolDir }: SpoolFlags): string {
  const { server, user } = ownerOf(context);
  if (spoolDir !== undefined) return spoolDir;
  const name = createHash('sha256')
    .update(JSON.stringify([server, userNameKey(user)]))
    .digest('hex');
  return join(context.store.directory, 'spool', name.slice(0, 32));
}

/** Opens the directory of the spool. Rejects with exit code 78 where it belongs to another server or user. */
export async function openSpoolFiles(context: CommandContext, flags: SpoolFlags): Promise<SpoolFiles> {
  const path = spoolDirectory(context, flags);
  try {
    const files = await openSpoolDirectory(path);
    await claimFor(files, ownerOf(context), path);
    return files;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    if (DISK_ERRORS.includes(String(error.code)))
      throw new CliError('failed', 'spool', `The spool cannot be written: ${error.message}`, {
        cause: error,
      });
    throw configurationError(`The spool in ${path} cannot be opened: ${error.message}`, error);
  }
}

/** Opens the spool of a command that adds to it. `stop` ends a wait for room. */
export async function openSpool(
  context: CommandContext,
  flags: SpoolFlags,
  stop: AbortSignal,
): Promise<Spool> {
  const settings = spoolSettings(flags);
  return Spool.open({
    ...settings,
    files: await openSpoolFiles(context, flags),
    stop,
    newId: randomUUID,
    now: context.io.now,
    self: { id: randomUUID(), ...context.io.machine },
    warn: (text) => {
      context.output.warn(text);
    },
  });
}

/** What goes into the spool for a message: what `POST /v1/messages` takes for it. */
export function spoolItem(
  message: string,
  { topic, now }: { topic: string | undefined; now: number },
): string {
  return JSON.stringify({
    message,
    ...(topic === undefined ? {} : { topic }),
    time: new Date(now).toISOString(),
  });
}

// Whoever sends for another user would deliver these messages in the wrong name.
async function claimFor(files: SpoolFiles, { server, user }: TokenOwner, path: string): Promise<void> {
  const known = await readOwner(files);
  if (known === undefined) {
    await files.remove(OWNER_NAME);
    await files.create(OWNER_NAME, Buffer.from(`${JSON.stringify({ server, user }, undefined, 2)}\n`));
    return;
  }
  if (known.server === server && userNameKey(known.user) === userNameKey(user)) return;
  throw configurationError(
    `The spool in ${path} is for ${known.user} at ${known.server}: give another --spool-dir`,
  );
}

async function readOwner(files: SpoolFiles): Promise<TokenOwner | undefined> {
  const file = await files.open(OWNER_NAME, { isMade: false });
  try {
    const text = (await file?.read(0, MAX_OWNER_BYTES))?.toString() ?? '';
    return ownerFile.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  } finally {
    await file?.close();
  }
}
