import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { assertSheltered, type ControlPlace } from './control-place.js';
import { BEAT_EVERY_MS, errorOf, type ControlAnswer, type ControlRequest } from './control-protocol.js';

/** What came of asking a server. */
export type Asked = 'nobody listens' | 'no answer' | { readonly result: unknown };

/** When a server is given up. */
export interface ControlPatience {
  /** Milliseconds without a word from it. */
  readonly patienceMs?: number | undefined;
  /** Ends the waiting, whatever it says. */
  readonly signal?: AbortSignal | undefined;
}

const PATIENCE_MS = 4 * BEAT_EVERY_MS;
/** The last: of a server that ends before it takes the connection. */
const NOBODY: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTDIR', 'ECONNRESET']);

/**
 * Has a command run by the server that listens at a place.
 *
 * @returns `no answer` where somebody listens and says nothing, or not to the end, or is not waited for any more
 * @throws what the command threw; AppError `data_directory.unusable` where somebody else listens there; Node's error where
 *   this user may not connect
 */
export async function askControlServer(
  place: ControlPlace,
  request: { readonly command: string; readonly args: unknown },
  onProgress: (progress: unknown) => void,
  { patienceMs = PATIENCE_MS, signal }: ControlPatience = {},
): Promise<Asked> {
  await assertSheltered(place);
  const socket = await connected(place.path, signal);
  if (socket === undefined) return signal?.aborted === true ? 'no answer' : 'nobody listens';
  try {
    socket.setTimeout(patienceMs, () => socket.destroy());
    socket.write(`${JSON.stringify(request satisfies ControlRequest)}\n`);
    for await (const line of linesOf(socket)) {
      const answer = JSON.parse(line) as ControlAnswer;
      if ('result' in answer) return { result: answer.result };
      if ('error' in answer) throw errorOf(answer.error);
      if (answer.progress !== null) onProgress(answer.progress);
    }
    return 'no answer';
  } finally {
    socket.destroy();
  }
}

async function connected(path: string, signal: AbortSignal | undefined): Promise<Socket | undefined> {
  const socket = connect({ path, ...(signal === undefined ? {} : { signal }) });
  try {
    await once(socket, 'connect');
    // From here on the end of the connection tells of it.
    socket.on('error', () => undefined);
    return socket;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (NOBODY.has(code) || signal?.aborted === true) return undefined;
    throw error;
  }
}

async function* linesOf(socket: Socket): AsyncGenerator<string> {
  let begun = '';
  socket.setEncoding('utf8');
  try {
    for await (const piece of socket as AsyncIterable<string>) {
      begun += piece;
      if (!piece.includes('\n')) continue;
      const lines = begun.split('\n');
      begun = lines.pop() ?? '';
      yield* lines;
    }
  } catch {
    // A connection that breaks has ended.
  }
}
