import { createAccountsApi, type AccountsApi } from '../../api/accounts/accounts-api.js';
import { createAdministrationApi, type AdministrationApi } from '../../api/accounts/administration-api.js';
import { openBrowserFeed } from '../../api/browser/browser-feed.js';
import { createConsoleApi, type ConsoleApi } from '../../api/browser/console-api.js';
import { createEmployeesApi, type EmployeesApi } from '../../api/employees/employees-api.js';
import { createFeedApi, type FeedApi } from '../../api/feed/feed-api.js';
import { createOverviewApi, type OverviewApi } from '../../api/overview/overview-api.js';
import type { RequestPort } from '../../api/request-port.js';
import { createStoredMessagesApi, type StoredMessagesApi } from '../../api/messages/stored-messages-api.js';

/** Everything that the pages ask of the server that they came from. */
export interface Server {
  readonly console: ConsoleApi;
  readonly accounts: AccountsApi;
  readonly administration: AdministrationApi;
  readonly employees: EmployeesApi;
  readonly messages: StoredMessagesApi;
  readonly feed: FeedApi;
  readonly overview: OverviewApi;
}

/** Puts the requests together. @param answerTimeoutMs - how long an answer over the feed may take, in milliseconds */
export function createServer(port: RequestPort, answerTimeoutMs: number): Server {
  const feed: FeedApi = createFeedApi(port, (credential, wanted) =>
    openBrowserFeed(
      {
        server: port.server,
        answerTimeoutMs,
        ticket: () => feed.ticket(credential),
        open: (url, protocols) => new WebSocket(url, protocols),
      },
      wanted,
    ),
  );
  return {
    console: createConsoleApi(port),
    accounts: createAccountsApi(port),
    administration: createAdministrationApi(port),
    employees: createEmployeesApi(port),
    messages: createStoredMessagesApi(port),
    feed,
    overview: createOverviewApi(port),
  };
}
