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
import { settingList, type SettingView } from '../../../protocol/console.js';
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
import type { RequestPort } from '../request-port.js';
import { queryPath } from '../query-page.js';
import type { Credential } from '../credential.js';
import { JsonRequests, pathOf } from './json-requests.js';
import { userPathPart } from './user-path-part.js';

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
  readonly door?: string | undefined;
  /** A time (RFC 3339): only what comes after it. */
  readonly since?: string | undefined;
  /** A time (RFC 3339): only what comes before it. */
  readonly until?: string | undefined;
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
  users(credential: Credential, filter: UsersFilter): Promise<UsersPage>;
  user(credential: Credential, name: string): Promise<AccountView>;
  createUser(credential: Credential, wanted: UserCreation): Promise<UserMade>;
  /** Changes what is named; the rest stays. */
  changeUser(credential: Credential, name: string, changes: UserChanges): Promise<AccountView>;
  /** Makes a password for one login, which only this answer has, and ends all sessions. */
  resetPassword(credential: Credential, name: string): Promise<OneTimePassword>;
  sessionsOf(credential: Credential, name: string): Promise<readonly SessionView[]>;
  /** Ends all sessions of a user; resolves with how many. */
  endSessionsOf(credential: Credential, name: string): Promise<number>;
  apiTokensOf(credential: Credential, name: string): Promise<readonly ApiTokenView[]>;
  revokeApiTokenOf(credential: Credential, name: string, id: string): Promise<void>;
  /** Revokes all API tokens of a user; resolves with how many. */
  revokeApiTokensOf(credential: Credential, name: string): Promise<number>;
  deleteUser(credential: Credential, name: string): Promise<void>;
  invites(credential: Credential): Promise<readonly InviteView[]>;
  /** Makes an invite, whose code only this answer has. */
  createInvite(credential: Credential, wanted: Partial<InviteCreation>): Promise<InviteMade>;
  revokeInvite(credential: Credential, id: string): Promise<void>;
  /** One page of the audit log, the newest first. */
  audit(credential: Credential, filter: AuditFilter): Promise<AuditPage>;
  /** The settings in force, without secrets. */
  settings(credential: Credential): Promise<readonly SettingView[]>;
  /** Lets the server look whether the chain of the audit log is whole. */
  verifyAudit(credential: Credential): Promise<AuditVerification>;
}

const USERS = '/v1/users';
const INVITES = '/v1/invites';
const AUDIT = '/v1/audit';

/** Makes the requests of administrators against one server. */
export function createAdministrationApi(port: RequestPort): AdministrationApi {
  const requests = new JsonRequests(port);
  return {
    ...userRequests(requests),
    ...userTokenRequests(requests),
    invites: async (credential) =>
      (await requests.ask(inviteList, { method: 'get', path: INVITES, credential })).invites,
    createInvite: (credential, body) =>
      requests.ask(inviteMade, { method: 'post', path: INVITES, credential, body }),
    revokeInvite: (credential, id) =>
      requests.tell({ method: 'delete', path: pathOf(INVITES, id), credential }),
    audit: (credential, filter) =>
      requests.ask(auditPage, { method: 'get', path: queryPath(AUDIT, filter), credential }),
    settings: async (credential) =>
      (await requests.ask(settingList, { method: 'get', path: '/v1/settings', credential })).settings,
    verifyAudit: (credential) =>
      requests.ask(auditVerification, { method: 'get', path: `${AUDIT}/verification`, credential }),
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
  return `${USERS}/${userPathPart(name)}`;
}

type UserTokenRequests = Pick<AdministrationApi, 'apiTokensOf' | 'revokeApiTokenOf' | 'revokeApiTokensOf'>;

function userTokenRequests(requests: JsonRequests): UserTokenRequests {
  const tokensPath = (name: string): string => `${pathOfUser(name)}/tokens`;
  return {
    apiTokensOf: async (credential, name) =>
      (await requests.ask(apiTokenList, { method: 'get', path: tokensPath(name), credential })).tokens,
    revokeApiTokenOf: (credential, name, id) =>
      requests.tell({ method: 'delete', path: pathOf(tokensPath(name), id), credential }),
    revokeApiTokensOf: async (credential, name) =>
      (await requests.ask(apiTokensRevoked, { method: 'delete', path: tokensPath(name), credential }))
        .revoked,
  };
}

function userRequests(requests: JsonRequests): UserRequests {
  const sessionsPath = (name: string): string => `${pathOfUser(name)}/sessions`;
  return {
    users: (credential, filter) =>
      requests.ask(usersPage, { method: 'get', path: queryPath(USERS, filter), credential }),
    user: (credential, name) => requests.ask(account, { method: 'get', path: pathOfUser(name), credential }),
    createUser: (credential, body) =>
      requests.ask(userMade, { method: 'post', path: USERS, credential, body }),
    changeUser: (credential, name, body) =>
      requests.ask(account, { method: 'patch', path: pathOfUser(name), credential, body }),
    resetPassword: (credential, name) =>
      requests.ask(oneTimePassword, { method: 'post', path: `${pathOfUser(name)}/password`, credential }),
    sessionsOf: async (credential, name) =>
      (await requests.ask(sessionList, { method: 'get', path: sessionsPath(name), credential })).sessions,
    endSessionsOf: async (credential, name) =>
      (await requests.ask(sessionsEnded, { method: 'delete', path: sessionsPath(name), credential })).ended,
    deleteUser: (credential, name) => requests.tell({ method: 'delete', path: pathOfUser(name), credential }),
  };
}
