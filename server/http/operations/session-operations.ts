import * as z from 'zod';
import { CONSOLE_HEADER, cookieLoginAnswer } from '../../../protocol/console.js';
import {
  apiTokenCreation,
  apiTokenList,
  apiTokenMade,
  apiTokensRevoked,
  apiTokenView,
  login,
  loginAnswer,
  sessionList,
  sessionsEnded,
  sessionView,
  type ApiTokenView,
  type SessionView,
} from '../../../protocol/sessions.js';
import type { NamedSchema, Operation } from '../openapi/operation.js';
import { ACCOUNT, EXAMPLE_ACCOUNT } from './account-operations.js';
import { DATABASE, done, GUESSING, json, JSON_BODY } from './answer-parts.js';

const EXAMPLE_SESSION: SessionView = {
  id: '9b2d3c1e-62f3-4b5a-8d3a-2f0e6a1c7b44',
  kind: 'login',
  endpoint: '192.0.2.7',
  client: 'gather/1.0',
  created_at: '2026-11-21T02:44:57.123Z',
  last_used_at: '2026-11-21T03:01:12.456Z',
  expires_at: '2026-11-22T02:44:57.123Z',
  is_current: true,
};
const SESSION: NamedSchema = { name: 'Session', type: sessionView };

/** Sessions as an answer. */
export const SESSIONS_CONTENT = json('SessionList', sessionList, { one: { sessions: [EXAMPLE_SESSION] } }, [
  SESSION,
]);
/** How many sessions were ended, as an answer. */
export const ENDED_CONTENT = json('SessionsEnded', sessionsEnded, { two: { ended: 2 } });

const EXAMPLE_TOKEN: ApiTokenView = {
  id: '1c0d3a52-3a0f-4c57-9f0e-6d4e3c0b7a11',
  name: 'weather station',
  permissions: ['messages:write'],
  created_at: '2026-11-21T02:44:57.123Z',
  expires_at: null,
  last_used_at: null,
  last_endpoint: null,
};
const TOKEN: NamedSchema = { name: 'ApiToken', type: apiTokenView };

/** API tokens as an answer. */
export const TOKENS_CONTENT = json('ApiTokenList', apiTokenList, { one: { tokens: [EXAMPLE_TOKEN] } }, [
  TOKEN,
]);
/** How many API tokens were revoked, as an answer. */
export const REVOKED_CONTENT = json('ApiTokensRevoked', apiTokensRevoked, { two: { revoked: 2 } });

const idOf = (what: string) => ({ path: z.object({ id: z.string().describe(`The id of ${what}.`) }) });

const BY_PASSWORD: Operation['refusals'] = [
  ...JSON_BODY,
  'certificate.of_another',
  'account.wrong_credentials',
  'account.not_active',
  ...GUESSING,
  'session.too_many',
  ...DATABASE,
];
const LOGIN = json('Login', login, { dale: { username: 'dale', password: 'correct horse' } });

const LOGGED_IN: Operation['answers'] = {
  201: {
    description: 'The token, which is shown this once.',
    content: json(
      'LoginAnswer',
      loginAnswer,
      { dale: { token: 'gds_…', expires_at: EXAMPLE_SESSION.expires_at, user: EXAMPLE_ACCOUNT } },
      [ACCOUNT],
    ),
  },
};

const LOGGED_IN_BY_COOKIE: Operation['answers'] = {
  201: {
    description: 'Who has logged in, and for how long.',
    headers: { 'Set-Cookie': 'The session.' },
    content: json(
      'CookieLoginAnswer',
      cookieLoginAnswer,
      { dale: { expires_at: EXAMPLE_SESSION.expires_at, user: EXAMPLE_ACCOUNT } },
      [ACCOUNT],
    ),
  },
};
const CONSOLE = z.object({
  [CONSOLE_HEADER]: z.literal('1').describe('Says that a page of this server asks: no other can send it.'),
});

const SESSIONS: readonly Operation[] = [
  {
    method: 'POST',
    path: '/v1/sessions',
    id: 'login',
    tag: 'Sessions',
    summary: 'Logs in, and answers a token',
    access: 'public',
    description:
      'By user name or e-mail address. The token ends after `GATHERD_SESSION_TTL`, and unused after `GATHERD_SESSION_IDLE`.',
    body: LOGIN,
    answers: LOGGED_IN,
    refusals: BY_PASSWORD,
    refusalForm: 'problem',
  },
  {
    method: 'POST',
    path: '/v1/sessions/cookie',
    id: 'loginByCookie',
    tag: 'Sessions',
    summary: 'Logs a browser in: the token is in a cookie that no script can read',
    access: 'public',
    description:
      'For the console. The cookie is `HttpOnly`, `SameSite=Strict` and, over TLS, `Secure`; it ends with the session, which is as those of ' +
      '`POST /v1/sessions`. The session of a cookie that was sent along has ended then.',
    parameters: { header: CONSOLE },
    body: LOGIN,
    answers: LOGGED_IN_BY_COOKIE,
    refusals: ['request.invalid_header', 'request.foreign_origin', ...BY_PASSWORD],
    refusalForm: 'problem',
  },
  {
    method: 'POST',
    path: '/v1/sessions/certificate',
    id: 'loginByCertificate',
    tag: 'Sessions',
    summary: 'Logs in by the client certificate of the connection, and answers a token',
    access: 'public',
    description:
      'Takes no body. Where `GATHERD_HTTP_TLS` is `mutual` and `GATHERD_TLS_CLIENT_LOGIN` is `alone`, for an account that has a ' +
      'password of its own. The token ends as those of `POST /v1/sessions` do.',
    answers: LOGGED_IN,
    refusals: [
      'request.foreign_origin',
      'request.rate_limited',
      'certificate.password_needed',
      'account.not_active',
      'account.password_change_needed',
      'session.invalid',
      'session.too_many',
      ...DATABASE,
    ],
    refusalForm: 'problem',
  },
  {
    method: 'GET',
    path: '/v1/sessions',
    id: 'sessions',
    tag: 'Sessions',
    summary: 'One’s own sessions, the latest used first',
    access: 'person',
    answers: { 200: { description: 'The live sessions.', content: SESSIONS_CONTENT } },
    refusals: [],
    refusalForm: 'problem',
  },
  {
    method: 'DELETE',
    path: '/v1/sessions',
    id: 'endOtherSessions',
    tag: 'Sessions',
    summary: 'Ends all of one’s sessions but this one',
    access: 'person',
    answers: { 200: { description: 'How many were ended.', content: ENDED_CONTENT } },
    refusals: DATABASE,
    refusalForm: 'problem',
  },
  {
    method: 'DELETE',
    path: '/v1/sessions/current',
    id: 'logout',
    tag: 'Sessions',
    summary: 'Logs out',
    access: 'newcomer',
    answers: done('The session has ended: its token is good no more.'),
    refusals: DATABASE,
    refusalForm: 'problem',
  },
  {
    method: 'DELETE',
    path: '/v1/sessions/{id}',
    id: 'endSession',
    tag: 'Sessions',
    summary: 'Ends one of one’s sessions',
    access: 'person',
    parameters: idOf('a session'),
    answers: done('The session has ended.'),
    refusals: ['session.unknown', ...DATABASE],
    refusalForm: 'problem',
  },
];

const TOKENS: readonly Operation[] = [
  {
    method: 'GET',
    path: '/v1/tokens',
    id: 'tokens',
    tag: 'API tokens',
    summary: 'One’s own API tokens',
    access: 'person',
    answers: {
      200: { description: 'The tokens, but not what they are.', content: TOKENS_CONTENT },
    },
    refusals: DATABASE,
    refusalForm: 'problem',
  },
  {
    method: 'POST',
    path: '/v1/tokens',
    id: 'createToken',
    tag: 'API tokens',
    summary: 'Makes an API token for a device',
    access: 'person',
    description: 'It is good from any address, and does no more than its account may at the time.',
    body: json('ApiTokenCreation', apiTokenCreation, {
      station: { name: 'weather station', permissions: ['messages:write'], expires_in: 31_536_000 },
    }),
    answers: {
      201: {
        description: 'The token, which is shown this once.',
        content: json('ApiTokenMade', apiTokenMade, { station: { ...EXAMPLE_TOKEN, token: 'gdt_…' } }),
      },
    },
    refusals: [...JSON_BODY, 'permission.missing', 'token.name_taken', 'token.too_many', ...DATABASE],
    refusalForm: 'problem',
  },
  {
    method: 'DELETE',
    path: '/v1/tokens/{id}',
    id: 'revokeToken',
    tag: 'API tokens',
    summary: 'Revokes an API token at once',
    access: 'person',
    parameters: idOf('an API token'),
    answers: done('It is revoked.'),
    refusals: ['token.unknown', ...DATABASE],
    refusalForm: 'problem',
  },
];

/** Logins, and what a user does with its sessions and API tokens. */
export const SESSION_OPERATIONS: readonly Operation[] = [...SESSIONS, ...TOKENS];
