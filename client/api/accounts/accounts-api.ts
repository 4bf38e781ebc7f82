import {
  account,
  type AccountChanges,
  type AccountView,
  type Registration,
} from '../../../protocol/accounts.js';
import { permissionOverview, type PermissionOverview } from '../../../protocol/permissions.js';
import {
  type ApiTokenCreation,
  apiTokenList,
  apiTokenMade,
  type ApiTokenMade,
  type ApiTokenView,
  loginAnswer,
  type LoginAnswer,
  sessionList,
  sessionsEnded,
  type SessionView,
} from '../../../protocol/sessions.js';
import type { RequestSenderOptions } from '../request-sender.js';
import { JsonRequests, pathOf } from './json-requests.js';

/**
 * What users ask of gatherd about themselves. Each function rejects with a GatherError, whose `problem.code` says what is
 * wrong. Dispose of it to close its connections.
 */
export interface AccountsApi extends Disposable {
  /** Makes an account. */
  register(wanted: Registration): Promise<AccountView>;
  /** Logs in with a user name or an e-mail address. The token is good from this machine. */
  login(nameOrEmail: string, password: string): Promise<LoginAnswer>;
  /** Logs in with nothing but the client's certificate, where the server is content with that. */
  loginByCertificate(): Promise<LoginAnswer>;
  /** Ends the session that the token is for. */
  logout(token: string): Promise<void>;
  account(token: string): Promise<AccountView>;
  /** Changes what is named; the rest stays. */
  changeAccount(token: string, changes: AccountChanges): Promise<AccountView>;
  /** Never sent again: a second one could not tell a lost answer from a wrong token. */
  deleteAccount(token: string, password: string): Promise<void>;
  /** Changes the password, and ends all sessions but this one. */
  changePassword(token: string, current: string, next: string): Promise<void>;
  /** The user's live sessions. */
  sessions(token: string): Promise<readonly SessionView[]>;
  endSession(token: string, id: string): Promise<void>;
  /** Ends all sessions but this one; resolves with how many. */
  endOtherSessions(token: string): Promise<number>;
  apiTokens(token: string): Promise<readonly ApiTokenView[]>;
  /** Makes an API token, which only this answer has. */
  createApiToken(token: string, wanted: ApiTokenCreation): Promise<ApiTokenMade>;
  revokeApiToken(token: string, id: string): Promise<void>;
  permissions(token: string): Promise<PermissionOverview>;
}

const ACCOUNT = '/v1/account';
const SESSIONS = '/v1/sessions';
const TOKENS = '/v1/tokens';

/** Makes the requests about one's own account against one server. */
export function createAccountsApi(options: RequestSenderOptions): AccountsApi {
  const requests = new JsonRequests(options);
  return {
    register: (wanted) => requests.ask(account, { method: 'post', path: ACCOUNT, body: wanted }),
    account: (token) => requests.ask(account, { method: 'get', path: ACCOUNT, token }),
    changeAccount: (token, body) => requests.ask(account, { method: 'patch', path: ACCOUNT, token, body }),
    deleteAccount: (token, password) =>
      requests.tell({ method: 'delete', path: ACCOUNT, token, body: { password }, isRepeatable: false }),
    changePassword: (token, current, next) => {
      const body = { current_password: current, new_password: next };
      return requests.tell({ method: 'post', path: `${ACCOUNT}/password`, token, body });
    },
    permissions: (token) =>
      requests.ask(permissionOverview, { method: 'get', path: '/v1/permissions', token }),
    ...sessionRequests(requests),
    ...apiTokenRequests(requests),
    [Symbol.dispose]: () => {
      requests[Symbol.dispose]();
    },
  };
}

type SessionRequests = Pick<
  AccountsApi,
  'login' | 'loginByCertificate' | 'logout' | 'sessions' | 'endSession' | 'endOtherSessions'
>;

function sessionRequests(requests: JsonRequests): SessionRequests {
  return {
    login: (username, password) =>
      requests.ask(loginAnswer, { method: 'post', path: SESSIONS, body: { username, password } }),
    loginByCertificate: () => requests.ask(loginAnswer, { method: 'post', path: `${SESSIONS}/certificate` }),
    logout: (token) => requests.tell({ method: 'delete', path: `${SESSIONS}/current`, token }),
    sessions: async (token) =>
      (await requests.ask(sessionList, { method: 'get', path: SESSIONS, token })).sessions,
    endSession: (token, id) => requests.tell({ method: 'delete', path: pathOf(SESSIONS, id), token }),
    endOtherSessions: async (token) =>
      (await requests.ask(sessionsEnded, { method: 'delete', path: SESSIONS, token })).ended,
  };
}

type ApiTokenRequests = Pick<AccountsApi, 'apiTokens' | 'createApiToken' | 'revokeApiToken'>;

function apiTokenRequests(requests: JsonRequests): ApiTokenRequests {
  return {
    apiTokens: async (token) =>
      (await requests.ask(apiTokenList, { method: 'get', path: TOKENS, token })).tokens,
    createApiToken: (token, body) =>
      requests.ask(apiTokenMade, { method: 'post', path: TOKENS, token, body }),
    revokeApiToken: (token, id) => requests.tell({ method: 'delete', path: pathOf(TOKENS, id), token }),
  };
}
