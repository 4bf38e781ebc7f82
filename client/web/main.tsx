import './app/without-eval.js';
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import { QueryClient } from '@tanstack/react-query';
import { setNonce } from 'get-nonce';
import { createRoot } from 'react-dom/client';
import { BrowserRequests } from '../api/browser/browser-requests.js';
import { App } from './app/app.js';
import { type Console, NO_MESSAGE } from './app/console-context.js';
import { ConnectionWatch } from './server/connection-watch.js';
import { createServer } from './server/server.js';
import { Store } from './server/store.js';
import { watchPort } from './server/watched-port.js';
import { watchOtherTabs } from './session/other-tabs.js';
import { SessionStore } from './session/session-store.js';

const ANSWER_TIMEOUT_MS = 30_000;

function createConsole(queries: QueryClient): Console {
  const others = watchOtherTabs(() => void session.load().catch(() => undefined));
  const session = new SessionStore({ server: () => server, tellOthers: others.tell });
  const connection = new ConnectionWatch(() => server.console.facts());
  const requests = new BrowserRequests({
    server: window.location.origin,
    answerTimeoutMs: ANSWER_TIMEOUT_MS,
    now: Date.now,
  });
  const port = watchPort(requests, {
    onAnswer: connection.onAnswer,
    onSilence: connection.onSilence,
    onSessionEnded: session.onSessionEnded,
    onPasswordChangeNeeded: session.onPasswordChangeNeeded,
  });
  const server = createServer(port, ANSWER_TIMEOUT_MS);
  const made: Console = {
    server,
    session,
    connection,
    unread: new Store(0),
    messageDraft: new Store(NO_MESSAGE),
  };
  healQueries(queries, made);
  return made;
}

// What could not be read while the server was away, or nobody was logged in, is read as soon as that is over.
function healQueries(queries: QueryClient, { session, connection, messageDraft }: Console): void {
  connection.isConnected.subscribe(() => {
    if (!connection.isConnected.get()) return;
    if (session.state.get().kind === 'unknown') void session.load().catch(() => undefined);
    void queries.invalidateQueries();
  });
  let visit: number | undefined;
  session.state.subscribe(() => {
    const state = session.state.get();
    const before = visit;
    visit = state.kind === 'in' ? state.visit : undefined;
    if (before !== undefined && visit !== before) {
      // What one has read or typed is not for whoever comes next.
      queries.clear();
      messageDraft.set(NO_MESSAGE);
    } else if (state.kind === 'in' && !state.hasEnded) void queries.invalidateQueries();
  });
}

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no place for the console.');
const queries = new QueryClient({
  defaultOptions: { queries: { retry: false, networkMode: 'always' }, mutations: { networkMode: 'always' } },
});
const styleNonce = document.querySelector<HTMLElement>('[nonce]')?.nonce ?? '';
setNonce(styleNonce);
const gatherConsole = createConsole(queries);
createRoot(root).render(<App console={gatherConsole} queries={queries} styleNonce={styleNonce} />);
void gatherConsole.session.load().catch(() => undefined);
