import './app/without-eval.js';
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import { QueryClient } from '@tanstack/react-query';
import { setNonce } from 'get-nonce';
import { createRoot } from 'react-dom/client';
import { BrowserRequests } from '../api/browser/browser-requests.js';
import { createConsoleApi } from '../api/browser/console-api.js';
import type { RequestPort } from '../api/request-port.js';
import { App } from './app/app.js';
import { type Console, NO_MESSAGE } from './app/console-context.js';
import { ConnectionWatch } from './server/connection-watch.js';
import { healQueries } from './server/heal-queries.js';
import { createServer } from './server/server.js';
import { Store } from './server/store.js';
import { watchPort } from './server/watched-port.js';
import { watchOtherTabs } from './session/other-tabs.js';
import { SessionStore } from './session/session-store.js';

const ANSWER_TIMEOUT_MS = 30_000;
/** Whether the server is there is asked often, and not waited for long. */
const ASKING = { pauseMs: 1_500, answerTimeoutMs: 5_000 };

function createConsole(queries: QueryClient): Console {
  const others = watchOtherTabs(window, () => void session.load().catch(() => undefined));
  const session = new SessionStore({ server: () => server, tellOthers: others.tell });
  const connection = new ConnectionWatch({ ask: () => asking.facts(), pauseMs: ASKING.pauseMs });
  const portWith = (answerTimeoutMs: number): RequestPort =>
    watchPort(new BrowserRequests({ server: window.location.origin, answerTimeoutMs, now: Date.now }), {
      onRequest: connection.onRequest,
      onSessionEnded: session.onSessionEnded,
      onPasswordChangeNeeded: session.onPasswordChangeNeeded,
      onPermissionMissing: session.onPermissionMissing,
    });
  const asking = createConsoleApi(portWith(ASKING.answerTimeoutMs));
  const server = createServer(portWith(ANSWER_TIMEOUT_MS), ANSWER_TIMEOUT_MS);
  healQueries(queries, { session, connection });
  const messageDraft = new Store(NO_MESSAGE);
  forgetTyped(session, messageDraft);
  return { server, session, connection, unread: new Store(0), messageDraft };
}

// What one has typed is not for whoever comes next.
function forgetTyped(session: SessionStore, messageDraft: Console['messageDraft']): void {
  let member: string | undefined;
  session.state.subscribe(() => {
    const state = session.state.get();
    const before = member;
    member = state.kind === 'in' ? state.member.account.id : undefined;
    if (before !== undefined && member !== before) messageDraft.set(NO_MESSAGE);
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
