import {
  account,
  type AccountView,
  oneTimePassword,
  type OneTimePassword,
  type UserChanges,
  type UserCreation,
  userMade,
  type UserMade,
  usersPage,
  type UsersPage,
} from '../../../protocol/accounts.js';
import {
  auditPage,
  type AuditPage,
  auditVerification,
  type AuditVerification,
} from '../../../protocol/audit.js';
import {
  apiTokenList,
  apiTokensRevoked,
  type ApiTokenView,
  type InviteCreation,
  inviteList,
  inviteMade,
  type InviteMade,
  type InviteView,
  sessionList,
  sessionsEnded,
  type SessionView,
} from '../../../protocol/sessions.js';
import type { RequestSenderOptions } from '../request-sender.js';
import { queryPath } from '../query-page.js';
import { JsonRequests, pathOf } from './json-requests.js';

/** Which users are asked for; what is left out does not narrow it down. */
export interface UsersFilter {
  readonly search?: string | undefined;
  readonly role?: string | undefined;
  readonly status?: string | undefined;
  /** The most of one page, 1 to 1,000. */
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** Which lines of the audit log are asked for; what is left out does not narrow it down. */
export interface AuditFilter {
  readonly action?: string | undefined;
  readonly outcome?: string | undefined;
  readonly user?: string | undefined;
  /** The most of one page, 1 to 1,000. */
  readonly limit?: number | undefined;
  readonly before?: number | undefined;
}

/**
 * What administrators ask of gatherd. Each function rejects with a GatherError, whose `problem.code` says what is wrong:
 * `permission.missing` above all. Dispose of it to close its connections.
 */
export interface AdministrationApi extends Disposable {
  /** One page of users. Whoever may not administer sees names and roles only. */
  users(token: string, filter: UsersFilter): Promise<UsersPage>;
  user(token: string, name: string): Promise<AccountView>;
  createUser(token: string, wanted: UserCreation): Promise<UserMade>;
  /** Changes what is named; the rest stays. */
  changeUser(token: string, name: string, changes: UserChanges): Promise<AccountView>;
  /** Makes a password for one login, which only this answer has, and ends all sessions. */
  resetPassword(token: string, name: string): Promise<OneTimePassword>;
  sessionsOf(token: string, name: string): Promise<readonly SessionView[]>;
  /** Ends all sessions of a user; resolves with how many. */
  endSessionsOf(token: string, name: string): Promise<number>;
  apiTokensOf(token: string, name: string): Promise<readonly ApiTokenView[]>;
  revokeApiTokenOf(token: string, name: string, id: string): Promise<void>;
  /** Revokes all API tokens of a user; resolves with how many. */
  revokeApiTokensOf(token: string, name: string): Promise<number>;
  deleteUser(token: string, name: string): Promise<void>;
  invites(token: string): Promise<readonly InviteView[]>;
  /** Makes an invite, whose code only this answer has. */
  createInvite(token: string, wanted: Partial<InviteCreation>): Promise<InviteMade>;
  revokeInvite(token: string, id: string): Promise<void>;
  /** One page of the audit log, the newest first. */
  audit(token: string, filter: AuditFilter): Promise<AuditPage>;
  /** Lets the server look whether the chain of the audit log is whole. */
  verifyAudit(token: string): Promise<AuditVerification>;
}

const USERS = '/v1/users';
const INVITES = '/v1/invites';
const AUDIT = '/v1/audit';

/** Makes the requests of administrators against one server. */
export function createAdministrationApi(options: RequestSenderOptions): AdministrationApi {
  const requests = new JsonRequests(options);
  return {
    ...userRequests(requests),
    ...userTokenRequests(requests),
    invites: async (token) =>
      (await requests.ask(inviteList, { method: 'get', path: INVITES, token })).invites,
    createInvite: (token, body) => requests.ask(inviteMade, { method: 'post', path: INVITES, token, body }),
    revokeInvite: (token, id) => requests.tell({ method: 'delete', path: pathOf(INVITES, id), token }),
    audit: (token, filter) =>
      requests.ask(auditPage, { method: 'get', path: queryPath(AUDIT, filter), token }),
    verifyAudit: (token) =>
      requests.ask(auditVerification, { method: 'get', path: `${AUDIT}/verification`, token }),
    [Symbol.dispose]: () => {
      requests[Symbol.dispose]();
    },
  };
}

type UserRequests = Pick<
  AdministrationApi,
  | 'users'
  | 'user'
  | 'createUser'
  | 'changeUser'
  | 'resetPassword'
  | 'sessionsOf'
  | 'endSessionsOf'
  | 'deleteUser'
>;

function pathOfUser(name: string): string {
  return pathOf(USERS, name);
}

type UserTokenRequests = Pick<AdministrationApi, 'apiTokensOf' | 'revokeApiTokenOf' | 'revokeApiTokensOf'>;

function userTokenRequests(requests: JsonRequests): UserTokenRequests {
  const tokensPath = (name: string): string => `${pathOfUser(name)}/tokens`;
  return {
    apiTokensOf: async (token, name) =>
      (await requests.ask(apiTokenList, { method: 'get', path: tokensPath(name), token })).tokens,
    revokeApiTokenOf: (token, name, id) =>
      requests.tell({ method: 'delete', path: pathOf(tokensPath(name), id), token }),
    revokeApiTokensOf: async (token, name) =>
      (await requests.ask(apiTokensRevoked, { method: 'delete', path: tokensPath(name), token })).revoked,
  };
}

function userRequests(requests: JsonRequests): UserRequests {
  const sessionsPath = (name: string): string => `${pathOfUser(name)}/sessions`;
  return {
    users: (token, filter) =>
      requests.ask(usersPage, { method: 'get', path: queryPath(USERS, filter), token }),
    user: (token, name) => requests.ask(account, { method: 'get', path: pathOfUser(name), token }),
    createUser: (token, body) => requests.ask(userMade, { method: 'post', path: USERS, token, body }),
    changeUser: (token, name, body) =>
      requests.ask(account, { method: 'patch', path: pathOfUser(name), token, body }),
    resetPassword: (token, name) =>
      requests.ask(oneTimePassword, { method: 'post', path: `${pathOfUser(name)}/password`, token }),
    sessionsOf: async (token, name) =>
      (await requests.ask(sessionList, { method: 'get', path: sessionsPath(name), token })).sessions,
    endSessionsOf: async (token, name) =>
      (await requests.ask(sessionsEnded, { method: 'delete', path: sessionsPath(name), token })).ended,
    deleteUser: (token, name) => requests.tell({ method: 'delete', path: pathOfUser(name), token }),
  };
}
