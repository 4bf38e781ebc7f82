import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, lstat, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import type { DataDirectory } from '../data-directory/claim-data-directory.js';
import { AppError } from '../errors/app-error.js';
import type { Logger } from '../observability/logger.js';
import { runCommand, type ControlCommands } from './control-command.js';
import { controlPlaceOf, makeShelter } from './control-place.js';
import { BEAT_EVERY_MS, errorAnswer, lineOf, type ControlAnswer } from './control-protocol.js';
import { readControlRequest } from './read-control-request.js';

/** How much a control server takes. */
export interface ControlLimits {
  /** Milliseconds to send the request, and to read the end of the answer. */
  readonly idleMs: number;
  readonly maxConnections: number;
}

const LIMITS: ControlLimits = { idleMs: 10_000, maxConnections: 8 };

/**
 * Listens for the operator's commands: on a unix socket that is its owner's only, or a named pipe on Windows. Disposing of it
 * tells running commands to stop, and waits for them.
 *
 * @param directory - claimed: so whatever listened there before is dead, and its socket is replaced
 * @throws AppError `data_directory.unusable`
 */
export async function openControlServer(
  directory: DataDirectory,
  commands: ControlCommands,
  logger: Logger,
  limits: ControlLimits = LIMITS,
): Promise<AsyncDisposable> {
  const place = await controlPlaceOf(directory.file('.'));
  await makeShelter(place);
  await removeStale(place.path);
  const server = new ControlServer(commands, logger, limits);
  try {
    await server.listen(place.path);
  } catch (cause) {
    const details = { directory: directory.file('.'), reason: (cause as Error).message };
    throw new AppError('data_directory.unusable', { details, cause });
  }
  return server;
}

class ControlServer implements AsyncDisposable {
  readonly #commands: ControlCommands;
  readonly #logger: Logger;
  readonly #idleMs: number;
  readonly #server: Server;
  readonly #closing = new AbortController();
  readonly #open = new Set<Promise<void>>();

  constructor(commands: ControlCommands, logger: Logger, { idleMs, maxConnections }: ControlLimits) {
    this.#commands = commands;
    this.#logger = logger;
    this.#idleMs = idleMs;
    this.#server = createServer((socket) => {
      const conversation = this.#converse(socket).finally(() => this.#open.delete(conversation));
      this.#open.add(conversation);
    });
    this.#server.maxConnections = maxConnections;
  }

  async listen(path: string): Promise<void> {
    this.#server.listen(path);
    await once(this.#server, 'listening');
    if (process.platform !== 'win32') await chmod(path, 0o600);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#closing.abort();
    await Promise.all(this.#open);
    await closed;
  }

  async #converse(socket: Socket): Promise<void> {
    const gone = new AbortController();
    // A connection that breaks is closed, which is all there is to know.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      gone.abort();
    });
    const signal = AbortSignal.any([gone.signal, this.#closing.signal]);
    const answer = await this.#answer(socket, signal);
    if (this.#closing.signal.aborted || answer === undefined) {
      socket.destroySoon();
      return;
    }
    socket.setTimeout(this.#idleMs, () => socket.destroy());
    socket.end(lineOf(answer));
  }

  async #answer(socket: Socket, signal: AbortSignal): Promise<ControlAnswer | undefined> {
    try {
      const request = await readControlRequest(socket, this.#idleMs, signal);
      if (request === undefined) return undefined;
      using _beat = beat(socket);
      const onProgress = (progress: unknown) => {
        say(socket, { progress });
      };
      const { command, args } = request;
      const result = await runCommand(this.#commands, command, args, { signal, onProgress });
      return { result: result ?? null };
    } catch (error) {
      return errorAnswer(this.#refusal(error));
    }
  }

  #refusal(error: unknown): AppError {
    const requestId = randomUUID();
    const refusal =
      error instanceof AppError ? error : new AppError('server.internal', { details: { requestId } });
    const fields = { code: refusal.code, requestId };
    if (refusal === error)
      this.#logger.info({ ...fields, err: refusal.cause }, 'A command of the operator was refused.');
    else this.#logger.error({ ...fields, err: error }, 'A command of the operator failed unexpectedly.');
    return refusal;
  }
}

// At once too, so that who has to wait knows that it is heard.
function beat(socket: Socket): Disposable {
  say(socket, { progress: null });
  const timer = setInterval(() => {
    say(socket, { progress: null });
  }, BEAT_EVERY_MS);
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
    },
  };
}

// Who does not read is told the end only.
function say(socket: Socket, answer: ControlAnswer): void {
  if (socket.writable && !socket.writableNeedDrain) socket.write(lineOf(answer));
}

async function removeStale(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const found = await lstat(path).catch(() => undefined);
  // What is no socket is not ours, and listening says so.
  if (found?.isSocket() === true) await rm(path);
}
