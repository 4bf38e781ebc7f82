import type { ErrorCode } from '../../errors/error-table.js';
import {
  ANY_REQUEST,
  AUTHENTICATE_ANSWER,
  GATHER_ANSWER,
  GATHER_REQUESTS,
} from '../openapi/gather-schemas.js';
import type { Answer, Content, NamedSchema, Operation } from '../openapi/operation.js';
import { STORAGE_REFUSALS } from '../openapi/refusals.js';

const EXAMPLE_TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzaWQiOiI0MiJ9.c2lnbmF0dXJl';

const REQUEST_EXAMPLES = {
  identify: { message_type: 'IDENTIFY', username: 'dale' },
  authenticate: { message_type: 'AUTHENTICATE', username: 'dale', password: 'a password' },
  message: { message_type: 'MESSAGE', token: EXAMPLE_TOKEN, message: 'Hail Dale!' },
  several: { message_type: 'MESSAGE', token: EXAMPLE_TOKEN, message: ['first', 'second'] },
  logout: { message_type: 'MESSAGE', token: EXAMPLE_TOKEN, message: 'logout' },
};

const COMMON: readonly ErrorCode[] = [
  'request.busy',
  'request.body_too_large',
  'request.invalid_json',
  'request.not_an_object',
  'request.too_deep',
  'request.invalid_message_type',
  'request.missing_field',
  'request.invalid_field',
  'request.unsupported_media_type',
  'database.unavailable',
  'database.disk_full',
];

const IDENTIFY: readonly ErrorCode[] = [
  'request.rate_limited',
  'certificate.of_another',
  'account.not_active',
  'account.name_taken',
  'account.enrollment_closed',
  'account.invite_needed',
  'account.invite_invalid',
  'account.too_many',
  'account.too_many_pending',
  'endpoint.too_many',
];

const AUTHENTICATE: readonly ErrorCode[] = [
  'request.rate_limited',
  'certificate.of_another',
  'account.not_found',
  'account.wrong_password',
  'account.rate_limited',
  'account.throttled',
  'account.hashing_busy',
  'account.hashing_failed',
  'account.not_active',
  'account.password_change_needed',
  'password.too_short',
  'password.too_common',
  'session.not_identified',
  'session.too_many',
  'endpoint.too_many',
];

const MESSAGE: readonly ErrorCode[] = [
  'certificate.of_another',
  'token.invalid',
  'session.invalid',
  'session.not_identified',
  'permission.missing',
  'account.password_change_needed',
  'producer.gap',
  'producer.too_many',
  ...STORAGE_REFUSALS,
];

function said(status: number, reason: string, message: string, token?: string): Record<string, unknown> {
  const body = { status_code: status, status_message: message, status_description: reason };
  return token === undefined ? body : { ...body, token };
}

function answer(description: string, example: unknown, schema = GATHER_ANSWER): Answer {
  return { description, content: [{ mediaType: 'application/json', schema, examples: { answer: example } }] };
}

function json(schema: NamedSchema, examples: Content['examples'] = {}): readonly Content[] {
  return [{ mediaType: 'application/json', schema, examples }];
}

const FIRST_PASSWORD = 'New User password authenticated. Token generated, dale!';
const RIGHT_PASSWORD = 'Existing User password authenticated. Token generated, dale!';

/** Contract 1: the message gatherer. */
export const GATHER_OPERATIONS: readonly Operation[] = [
  {
    method: 'POST',
    path: '/',
    id: 'gather',
    tag: 'Contract 1',
    summary: 'All three messages, by `message_type`',
    access: 'public',
    description: 'Keys that are not listed are ignored. Each message has a path of its own too.',
    body: json(ANY_REQUEST, REQUEST_EXAMPLES),
    answers: {
      201: answer(
        'A new user, a first password, or a message that is stored. The answer to AUTHENTICATE has `token`.',
        said(201, 'Created', 'Message Received from dale'),
      ),
      202: answer(
        'A known user, a right password, or a logout. The answer to AUTHENTICATE has `token`.',
        said(202, 'Accepted', RIGHT_PASSWORD, EXAMPLE_TOKEN),
      ),
    },
    refusals: [...COMMON, ...IDENTIFY, ...AUTHENTICATE, ...MESSAGE],
    refusalForm: 'gather',
  },
  {
    method: 'POST',
    path: '/identify',
    id: 'identify',
    tag: 'Contract 1',
    summary: 'Says who is going to log in',
    access: 'public',
    description: 'It proves nothing and takes nothing away: sessions of this user at this endpoint go on.',
    body: json(GATHER_REQUESTS.identify, { identify: REQUEST_EXAMPLES.identify }),
    answers: {
      201: answer('The user is new.', said(201, 'Created', 'New User Created')),
      202: answer('The user is known.', said(202, 'Accepted', 'Existing User Identified')),
    },
    refusals: [...COMMON, ...IDENTIFY],
    refusalForm: 'gather',
  },
  {
    method: 'POST',
    path: '/authenticate',
    id: 'authenticate',
    tag: 'Contract 1',
    summary: 'Logs in, and answers a token',
    access: 'public',
    description: 'The first password of a new user becomes theirs; later ones are compared with it.',
    body: json(GATHER_REQUESTS.authenticate, { authenticate: REQUEST_EXAMPLES.authenticate }),
    answers: {
      201: answer(
        'The first password.',
        said(201, 'Created', FIRST_PASSWORD, EXAMPLE_TOKEN),
        AUTHENTICATE_ANSWER,
      ),
      202: answer(
        'The right password.',
        said(202, 'Accepted', RIGHT_PASSWORD, EXAMPLE_TOKEN),
        AUTHENTICATE_ANSWER,
      ),
    },
    refusals: [...COMMON, ...AUTHENTICATE],
    refusalForm: 'authenticate',
  },
  {
    method: 'POST',
    path: '/message',
    id: 'message',
    tag: 'Contract 1',
    summary: 'Stores messages, or logs out',
    access: 'messages:write',
    tokenIn: 'body',
    description:
      'The lone message `""` or `"logout"` ends the session; inside an array they are data like any other.',
    body: json(GATHER_REQUESTS.message, {
      message: REQUEST_EXAMPLES.message,
      several: REQUEST_EXAMPLES.several,
      logout: REQUEST_EXAMPLES.logout,
    }),
    answers: {
      201: answer('Stored, on the disk.', said(201, 'Created', 'Message Received from dale')),
      202: answer('Logged out.', said(202, 'Accepted', 'Empty or logout Message Received from dale')),
    },
    refusals: [...COMMON, ...MESSAGE],
    refusalForm: 'gather',
  },
];
