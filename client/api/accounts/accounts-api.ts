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
import type { RequestPort } from '../request-port.js';
import type { Credential } from '../credential.js';
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
  logout(credential: Credential): Promise<void>;
  account(credential: Credential): Promise<AccountView>;
  /** Changes what is named; the rest stays. */
  changeAccount(credential: Credential, changes: AccountChanges): Promise<AccountView>;
  /** Never sent again: a second one could not tell a lost answer from a wrong token. */
  deleteAccount(credential: Credential, password: string): Promise<void>;
  /** Changes the password, and ends all sessions but this one. */
  changePassword(credential: Credential, current: string, next: string): Promise<void>;
  /** The user's live sessions. */
  sessions(credential: Credential): Promise<readonly SessionView[]>;
  endSession(credential: Credential, id: string): Promise<void>;
  /** Ends all sessions but this one; resolves with how many. */
  endOtherSessions(credential: Credential): Promise<number>;
  apiTokens(credential: Credential): Promise<readonly ApiTokenView[]>;
  /** Makes an API token, which only this answer has. */
  createApiToken(credential: Credential, wanted: ApiTokenCreation): Promise<ApiTokenMade>;
  revokeApiToken(credential: Credential, id: string): Promise<void>;
  permissions(credential: Credential): Promise<PermissionOverview>;
}

const ACCOUNT = '/v1/account';
const SESSIONS = '/v1/sessions';
const TOKENS = '/v1/tokens';

/** Makes the requests about one's own account against one server. */
export function createAccountsApi(port: RequestPort): AccountsApi {
  const requests = new JsonRequests(port);
  return {
    register: (wanted) => requests.ask(account, { method: 'post', path: ACCOUNT, body: wanted }),
    account: (credential) => requests.ask(account, { method: 'get', path: ACCOUNT, credential }),
    changeAccount: (credential, body) =>
      requests.ask(account, { method: 'patch', path: ACCOUNT, credential, body }),
    deleteAccount: (credential, password) =>
      requests.tell({ method: 'delete', path: ACCOUNT, credential, body: { password }, isRepeatable: false }),
    changePassword: (credential, current, next) => {
      const body = { current_password: current, new_password: next };
      return requests.tell({ method: 'post', path: `${ACCOUNT}/password`, credential, body });
    },
    permissions: (credential) =>
      requests.ask(permissionOverview, { method: 'get', path: '/v1/permissions', credential }),
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
    logout: (credential) => requests.tell({ method: 'delete', path: `${SESSIONS}/current`, credential }),
    sessions: async (credential) =>
      (await requests.ask(sessionList, { method: 'get', path: SESSIONS, credential })).sessions,
    endSession: (credential, id) =>
      requests.tell({ method: 'delete', path: pathOf(SESSIONS, id), credential }),
    endOtherSessions: async (credential) =>
      (await requests.ask(sessionsEnded, { method: 'delete', path: SESSIONS, credential })).ended,
  };
}

type ApiTokenRequests = Pick<AccountsApi, 'apiTokens' | 'createApiToken' | 'revokeApiToken'>;

function apiTokenRequests(requests: JsonRequests): ApiTokenRequests {
  return {
    apiTokens: async (credential) =>
      (await requests.ask(apiTokenList, { method: 'get', path: TOKENS, credential })).tokens,
    createApiToken: (credential, body) =>
      requests.ask(apiTokenMade, { method: 'post', path: TOKENS, credential, body }),
    revokeApiToken: (credential, id) =>
      requests.tell({ method: 'delete', path: pathOf(TOKENS, id), credential }),
  };
}
