import type { ClientRequest, IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { FEED_PATH, FEED_PROTOCOL } from '../../../protocol/feed.js';
import { GatherError } from '../gather-error.js';
import { queryPath } from '../query-page.js';
import { ConnectionAgents } from '../requests/connection-agents.js';
import { connectFailure, refusalOf } from '../requests/request-failure.js';
import type { RequestSenderOptions } from '../requests/request-sender.js';
import { textOf } from '../messages/streamed-text.js';
import { explainedByTls } from '../tls/plain-to-tls.js';
import { type Credential, credentialHeaders } from '../credential.js';
import { FeedConnection } from './feed-connection.js';
import type { FeedWanted } from './feed-wanted.js';
import { nodeFeedSocket } from './node-feed-socket.js';

type OpenOptions = Pick<
  RequestSenderOptions,
  'server' | 'tls' | 'userAgent' | 'connectTimeoutMs' | 'answerTimeoutMs' | 'now' | 'stop'
>;

// A record is a message of some megabytes at the most.
const MAX_FRAME_BYTES = 64 * 1024 * 1024;

// The server says something every 15 s; a third silence in a row is none of chance.
const SILENCE_MS = 45_000;

/** Opens a connection to the feed. Rejects with a GatherError where none comes about in the time of an answer. */
export async function openFeed(
  options: OpenOptions,
  credential: Credential,
  wanted: FeedWanted,
): Promise<FeedConnection> {
  const { server, userAgent, connectTimeoutMs, answerTimeoutMs } = options;
  const agents = new ConnectionAgents(options);
  const url = `${server.replace(/^http/, 'ws')}${queryPath(FEED_PATH, wanted)}`;
  const socket = new WebSocket(url, FEED_PROTOCOL, {
    headers: { ...credentialHeaders(credential), 'User-Agent': userAgent },
    agent: server.startsWith('https:') ? agents.https : agents.http,
    perMessageDeflate: false,
    followRedirects: false,
    maxPayload: MAX_FRAME_BYTES,
  });
  const connection = new FeedConnection(nodeFeedSocket(socket), {
    server,
    answerTimeoutMs,
    silenceMs: SILENCE_MS,
  });
  try {
    await opened(socket, options);
    return connection;
  } catch (error) {
    connection[Symbol.dispose]();
    socket.terminate();
    throw error instanceof GatherError ? await explainedByTls(error, server, connectTimeoutMs) : error;
  } finally {
    // An open connection is no longer theirs.
    agents.close();
  }
}

async function opened(socket: WebSocket, options: OpenOptions): Promise<void> {
  const { server, answerTimeoutMs, stop } = options;
  const settled = new AbortController();
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (code: string, message: string): void => {
        reject(connectFailure(server, Object.assign(new Error(message), { code })));
      };
      const timer = setTimeout(fail, answerTimeoutMs, 'ETIMEDOUT', 'timed out');
      settled.signal.addEventListener('abort', () => {
        clearTimeout(timer);
      });
      const onStop = (): void => {
        fail('', 'it was given up');
      };
      stop?.addEventListener('abort', onStop, { signal: settled.signal });
      if (stop?.aborted === true) onStop();
      socket.once('open', resolve);
      socket.once('error', (error) => {
        reject(connectFailure(server, error));
      });
      socket.once('unexpected-response', (_request: ClientRequest, response: IncomingMessage) => {
        refusalIn(response, options).then(reject, () => {
          fail('ECONNRESET', 'the answer broke off');
        });
      });
    });
  } finally {
    settled.abort();
  }
}

async function refusalIn(
  response: IncomingMessage,
  { server, now }: Pick<OpenOptions, 'server' | 'now'>,
): Promise<GatherError> {
  const { statusCode: status = 0, headers } = response;
  const data = await textOf(response);
  const failures = { server, now, hasFailedToConnect: () => false, isRepeatable: true, newerPath: FEED_PATH };
  return refusalOf({ status, headers, data }, failures);
}
