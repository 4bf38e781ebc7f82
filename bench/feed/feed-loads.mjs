// The servers that the feed's benchmarks compare, and how subscribers and senders reach each.
import { fileURLToPath } from 'node:url';
import { authenticate, prepareData } from '../support/prepared-data.mjs';
import { createAdmin, startGatherd, startLoad, startServer } from '../support/processes.mjs';

const BARE_WS = fileURLToPath(import.meta.resolve('../servers/bare-ws.mjs'));
const SUBSCRIBERS = fileURLToPath(import.meta.resolve('../loads/feed-subscribers.mjs'));
const SENDER = fileURLToPath(import.meta.resolve('../loads/feed-sender.mjs'));

/** Who follows: the sender's own role does not let it. */
const WATCHER = { name: 'watcher', password: 'follows what others say' };
/** With so many a message does not wait for a connection. */
const SENDING_CONNECTIONS = 32;
/** What would refuse so many from one user and one address. */
const SETTINGS = {
  GATHERD_MAX_CONNECTIONS: '100000',
  GATHERD_MAX_SUBSCRIPTIONS: '100000',
  GATHERD_MAX_SUBSCRIPTIONS_PER_USER: '100000',
  GATHERD_TOKEN_BINDING: 'token',
};

/** Makes a data directory with a sender and a follower. @returns the sender's token, and how to copy it under a name */
export async function prepareFeedData(workspace) {
  const { token, copy } = await prepareData(workspace);
  const withWatcher = async (name) => {
    const path = await copy(name);
    await createAdmin(path, WATCHER);
    return path;
  };
  return { token, copy: withWatcher };
}

/**
 * Starts gatherd.
 *
 * @param senderToken - of {@link prepareFeedData}
 * @returns beside the server: `subscribe` with a query and options of the subscribers, and `startSender`
 */
export async function startFeed(dataDir, senderToken, nodeOptions = []) {
  const server = await startGatherd(dataDir, nodeOptions, SETTINGS);
  const { port } = server;
  const token = await authenticate(port, WATCHER);
  const headers = [`Authorization: Bearer ${token}`, 'Sec-WebSocket-Protocol: gatherd.feed.v1'];
  const subscribe = (options, query = '') =>
    startLoad(SUBSCRIBERS, { port, path: `/v1/feed${query}`, headers, greets: true, ...options });
  const startSender = () => startLoad(SENDER, { port, token: senderToken, connections: SENDING_CONNECTIONS });
  return { ...server, subscribe, startSender };
}

/** Starts the baseline, with the same functions. */
export async function startBareWs() {
  const server = await startServer([BARE_WS]);
  const { port } = server;
  const subscribe = (options) =>
    startLoad(SUBSCRIBERS, { port, path: '/', headers: [], greets: false, ...options });
  return { ...server, subscribe, startSender: () => startLoad(SENDER, { port }) };
}
