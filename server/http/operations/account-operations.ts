import {
  account,
  accountChanges,
  accountDeletion,
  passwordChange,
  registration,
  type AccountView,
} from '../../../protocol/accounts.js';
import type { NamedSchema, Operation } from '../openapi/operation.js';
import { DATABASE, done, GUESSING, json, JSON_BODY, NEW_PASSWORD } from './answer-parts.js';

/** An account, for other operations to refer to. */
export const ACCOUNT: NamedSchema = { name: 'Account', type: account };

/** An account in examples. */
export const EXAMPLE_ACCOUNT: AccountView = {
  id: '8d3f0a52-6c1e-4b7a-9f24-5e0c7b91d6a3',
  username: 'dale',
  email: 'dale@example.org',
  full_name: 'Dale Arden',
  phone: '',
  address: '',
  city: '',
  country: '',
  postal_code: '',
  date_of_birth: '',
  role: 'user',
  status: 'active',
  created_at: '2026-11-21T02:44:57.123Z',
  updated_at: '2026-11-21T02:44:57.123Z',
  last_login: null,
  notes: '',
  metadata: {},
  permissions: ['messages:write', 'chat'],
  has_own_permissions: false,
  must_change_password: false,
};

/** An account as an answer. */
export const ACCOUNT_CONTENT = json(ACCOUNT.name, ACCOUNT.type, { dale: EXAMPLE_ACCOUNT });

const CURRENT_PASSWORD = ['account.current_password_wrong', ...GUESSING] as const;

/** What users do with their own accounts. */
export const ACCOUNT_OPERATIONS: readonly Operation[] = [
  {
    method: 'POST',
    path: '/v1/account',
    id: 'register',
    tag: 'Account',
    summary: 'Makes an account',
    access: 'public',
    description:
      'Its role is `user`. Where enrolment is by invite a code is needed; where it is closed this is refused.',
    body: json('Registration', registration, {
      short: { username: 'dale', password: 'correct horse' },
      whole: {
        username: 'dale',
        email: 'dale@example.org',
        password: 'correct horse',
        full_name: 'Dale Arden',
      },
    }),
    answers: { 201: { description: 'The account.', content: ACCOUNT_CONTENT } },
    refusals: [
      ...JSON_BODY,
      'request.rate_limited',
      'certificate.of_another',
      'account.not_active',
      'account.enrollment_closed',
      'account.invite_needed',
      'account.invite_invalid',
      'account.name_taken',
      'account.email_taken',
      'account.too_many',
      ...NEW_PASSWORD,
      ...DATABASE,
    ],
    refusalForm: 'problem',
  },
  {
    method: 'GET',
    path: '/v1/account',
    id: 'account',
    tag: 'Account',
    summary: 'One’s own account',
    access: 'newcomer',
    answers: { 200: { description: 'The account.', content: ACCOUNT_CONTENT } },
    refusals: DATABASE,
    refusalForm: 'problem',
  },
  {
    method: 'PATCH',
    path: '/v1/account',
    id: 'changeAccount',
    tag: 'Account',
    summary: 'Changes one’s own account',
    access: 'person',
    description: 'What is not named stays as it is; an empty text, and `{}` for `metadata`, clears.',
    body: json('AccountChanges', accountChanges, {
      city: { city: 'Nowhere' },
      metadata: { metadata: { locker: 6 } },
    }),
    answers: { 200: { description: 'The account as it is now.', content: ACCOUNT_CONTENT } },
    refusals: [
      ...JSON_BODY,
      'account.name_taken',
      'account.email_taken',
      'account.changed_too_often',
      ...DATABASE,
    ],
    refusalForm: 'problem',
  },
  {
    method: 'DELETE',
    path: '/v1/account',
    id: 'deleteAccount',
    tag: 'Account',
    summary: 'Deletes one’s own account',
    access: 'person',
    description: 'Its sessions and API tokens end at once. Its messages stay in the dump.',
    body: json('AccountDeletion', accountDeletion, { dale: { password: 'correct horse' } }),
    answers: done('It is deleted.'),
    refusals: [...JSON_BODY, ...CURRENT_PASSWORD, 'account.last_administrator', ...DATABASE],
    refusalForm: 'problem',
  },
  {
    method: 'POST',
    path: '/v1/account/password',
    id: 'changePassword',
    tag: 'Account',
    summary: 'Changes one’s own password',
    access: 'newcomer',
    description: 'All other sessions of the account end at once; this one goes on.',
    body: json('PasswordChange', passwordChange, {
      change: { current_password: 'correct horse', new_password: 'battery staple' },
    }),
    answers: done('It is changed.'),
    refusals: [...JSON_BODY, ...CURRENT_PASSWORD, ...NEW_PASSWORD, 'password.unchanged', ...DATABASE],
    refusalForm: 'problem',
  },
];
