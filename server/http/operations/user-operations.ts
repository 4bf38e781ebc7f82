import * as z from 'zod';
import {
  accountSummary,
  oneTimePassword,
  userChanges,
  userCreation,
  userMade,
  usersPage,
  usersQuery,
  type OneTimePassword,
} from '../../../protocol/accounts.js';
import type { NamedSchema, Operation } from '../openapi/operation.js';
import { ACCOUNT, ACCOUNT_CONTENT, EXAMPLE_ACCOUNT } from './account-operations.js';
import { DATABASE, done, json, JSON_BODY, NEW_PASSWORD } from './answer-parts.js';
import { ENDED_CONTENT, REVOKED_CONTENT, SESSIONS_CONTENT, TOKENS_CONTENT } from './session-operations.js';

const EXAMPLE_ONE_TIME: OneTimePassword = {
  username: 'dale',
  one_time_password: 'h7Kq-2mWd-Rx9T-pL4c',
  expires_at: '2026-11-22T02:44:57.123Z',
};
const ONE_TIME: NamedSchema = { name: 'OneTimePassword', type: oneTimePassword };
const SUMMARY: NamedSchema = { name: 'AccountSummary', type: accountSummary };

const NAME = { path: z.object({ name: z.string().describe('A user name.') }) };
const TAKEN = ['account.name_taken', 'account.email_taken'] as const;

const LIST: readonly Operation[] = [
  {
    method: 'GET',
    path: '/v1/users',
    id: 'users',
    tag: 'Users',
    summary: 'Users by name, a page at a time',
    access: 'session',
    description:
      'With the permission `users:manage` whole accounts; without it the name, full name and role of active users, and no ' +
      'search by e-mail address.',
    parameters: { query: usersQuery },
    answers: {
      200: {
        description: 'A page.',
        content: json(
          'UsersPage',
          usersPage,
          {
            administrator: { users: [EXAMPLE_ACCOUNT], next: null },
            other: { users: [{ username: 'dale', full_name: 'Dale Arden', role: 'user' }], next: 'ZGFsZQ' },
          },
          [ACCOUNT, SUMMARY],
        ),
      },
    },
    refusals: ['request.invalid_field', ...DATABASE],
    refusalForm: 'problem',
  },
  {
    method: 'POST',
    path: '/v1/users',
    id: 'createUser',
    tag: 'Users',
    summary: 'Makes an account, whatever the enrolment',
    access: 'person users:manage',
    description: 'Without a password it gets one for a single login within 24 hours.',
    body: json('UserCreation', userCreation, {
      short: { username: 'dale' },
      whole: {
        username: 'dale',
        password: 'correct horse',
        role: 'moderator',
        permissions: ['messages:read'],
      },
    }),
    answers: {
      201: {
        description: 'The account, and the one-time password, which is shown this once.',
        content: json('UserMade', userMade, { dale: { user: EXAMPLE_ACCOUNT, one_time: EXAMPLE_ONE_TIME } }, [
          ACCOUNT,
          ONE_TIME,
        ]),
      },
    },
    refusals: [...JSON_BODY, ...TAKEN, 'account.too_many', ...NEW_PASSWORD, ...DATABASE],
    refusalForm: 'problem',
  },
];

const ONE: readonly Operation[] = [
  {
    method: 'GET',
    path: '/v1/users/{name}',
    id: 'user',
    tag: 'Users',
    summary: 'An account',
    access: 'users:manage',
    parameters: NAME,
    answers: { 200: { description: 'The account.', content: ACCOUNT_CONTENT } },
    refusals: ['account.unknown', ...DATABASE],
    refusalForm: 'problem',
  },
  {
    method: 'PATCH',
    path: '/v1/users/{name}',
    id: 'changeUser',
    tag: 'Users',
    summary: 'Changes an account: role, status and permissions too',
    access: 'person users:manage',
    description:
      'What is not named stays as it is. It takes effect at once; an account that is not active any more loses its sessions.',
    parameters: NAME,
    body: json('UserChanges', userChanges, {
      suspend: { status: 'suspended' },
      promote: { role: 'moderator', permissions: null },
    }),
    answers: { 200: { description: 'The account as it is now.', content: ACCOUNT_CONTENT } },
    refusals: [...JSON_BODY, 'account.unknown', ...TAKEN, 'account.last_administrator', ...DATABASE],
    refusalForm: 'problem',
  },
  {
    method: 'DELETE',
    path: '/v1/users/{name}',
    id: 'deleteUser',
    tag: 'Users',
    summary: 'Deletes an account',
    access: 'person users:manage',
    description: 'Its sessions and API tokens end at once. Its messages stay in the dump.',
    parameters: NAME,
    answers: done('It is deleted.'),
    refusals: ['account.unknown', 'account.last_administrator', ...DATABASE],
    refusalForm: 'problem',
  },
];

const WITHIN: readonly Operation[] = [
  {
    method: 'POST',
    path: '/v1/users/{name}/password',
    id: 'resetPassword',
    tag: 'Users',
    summary: 'Makes a password for one login, and ends all sessions and API tokens',
    access: 'person users:manage',
    description:
      'Who logs in with it can read the account, change the password and log out; all else is refused until then.',
    parameters: NAME,
    answers: {
      201: {
        description: 'The password, which is shown this once.',
        content: json(ONE_TIME.name, ONE_TIME.type, { dale: EXAMPLE_ONE_TIME }),
      },
    },
    refusals: ['account.unknown', 'account.hashing_busy', 'account.hashing_failed', ...DATABASE],
    refusalForm: 'problem',
  },
  {
    method: 'GET',
    path: '/v1/users/{name}/sessions',
    id: 'userSessions',
    tag: 'Users',
    summary: 'The sessions of a user',
    access: 'users:manage',
    parameters: NAME,
    answers: { 200: { description: 'The live sessions.', content: SESSIONS_CONTENT } },
    refusals: ['account.unknown', ...DATABASE],
    refusalForm: 'problem',
  },
  {
    method: 'DELETE',
    path: '/v1/users/{name}/sessions',
    id: 'endUserSessions',
    tag: 'Users',
    summary: 'Ends all sessions of a user',
    access: 'person users:manage',
    parameters: NAME,
    answers: { 200: { description: 'How many were ended.', content: ENDED_CONTENT } },
    refusals: ['account.unknown', ...DATABASE],
    refusalForm: 'problem',
  },
];

const TOKENS: readonly Operation[] = [
  {
    method: 'GET',
    path: '/v1/users/{name}/tokens',
    id: 'userTokens',
    tag: 'Users',
    summary: 'The API tokens of a user',
    access: 'users:manage',
    description:
      'Those of a user that is suspended too: they stay, and are good for nothing while that lasts.',
    parameters: NAME,
    answers: { 200: { description: 'The tokens, but not what they are.', content: TOKENS_CONTENT } },
    refusals: ['account.unknown', ...DATABASE],
    refusalForm: 'problem',
  },
  {
    method: 'DELETE',
    path: '/v1/users/{name}/tokens',
    id: 'revokeUserTokens',
    tag: 'Users',
    summary: 'Revokes all API tokens of a user at once',
    access: 'users:manage',
    parameters: NAME,
    answers: { 200: { description: 'How many were revoked.', content: REVOKED_CONTENT } },
    refusals: ['account.unknown', ...DATABASE],
    refusalForm: 'problem',
  },
  {
    method: 'DELETE',
    path: '/v1/users/{name}/tokens/{id}',
    id: 'revokeUserToken',
    tag: 'Users',
    summary: 'Revokes an API token of a user at once',
    access: 'users:manage',
    parameters: {
      path: NAME.path.extend({ id: z.string().describe('The id of one of the user’s API tokens.') }),
    },
    answers: done('It is revoked.'),
    refusals: ['account.unknown', 'token.unknown', ...DATABASE],
    refusalForm: 'problem',
  },
];

/** What administrators do with accounts. */
export const USER_OPERATIONS: readonly Operation[] = [...LIST, ...ONE, ...WITHIN, ...TOKENS];
