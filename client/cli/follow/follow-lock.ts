import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What is locked, and for whom. */
export interface FollowLockOptions {
  /** The spool's directory; absolute. */
  readonly spool: string;
  /** The followed file; absolute. */
  readonly file: string;
  readonly platform: NodeJS.Platform;
}

/**
 * Locks a followed file in a spool against other processes of this machine: two that take the same lines would send them
 * twice. It is a socket with a name, since the kernel takes that away when its process ends, however it ends.
 *
 * @returns undefined where another process has it.
 */
export async function lockFollowedFile(options: FollowLockOptions): Promise<AsyncDisposable | undefined> {
  const name = addressOf(options);
  // On Linux and Windows no file stands for the socket.
  const isFile = name.startsWith(tmpdir());
  const server = (await listen(name)) ?? (isFile ? await takeOver(name) : undefined);
  if (server === undefined) return undefined;
  server.unref();
  return {
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

function addressOf({ spool, file, platform }: FollowLockOptions): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([spool, file]))
    .digest('hex');
  const name = `gather-follow-${hash.slice(0, 32)}`;
  if (platform === 'linux') return `\0${name}`;
  return platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), name);
}

// The file of a process that is gone stays behind.
async function takeOver(name: string): Promise<Server | undefined> {
  const socket = connect(name);
  const isTaken = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  if (isTaken) return undefined;
  await rm(name, { force: true });
  return listen(name);
}

async function listen(name: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  server.listen(name);
  try {
    await once(server, 'listening');
    return server;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return undefined;
    throw error;
  }
}
