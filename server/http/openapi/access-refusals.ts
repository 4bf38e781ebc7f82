import type { ErrorCode } from '../../errors/error-table.js';
import type { Access, Operation } from './operation.js';

/** In front of a permission: not for API tokens. */
const PERSON = /^person /;

const NO_TOKEN: readonly ErrorCode[] = ['token.missing'];
const BAD_TOKEN: readonly ErrorCode[] = [
  'token.invalid',
  'session.invalid',
  'session.not_identified',
  'certificate.of_another',
];

/** Where a session may be in a cookie: a page of another origin gets nothing by it. */
const FOREIGN: readonly ErrorCode[] = ['request.foreign_origin'];

const WORDS: Readonly<Record<string, readonly ErrorCode[]>> = {
  public: [],
  metrics: ['token.missing', 'token.invalid', 'permission.missing'],
  newcomer: [...NO_TOKEN, ...BAD_TOKEN, 'session.needed'],
  person: [...NO_TOKEN, ...BAD_TOKEN, 'session.needed', 'account.password_change_needed'],
  session: [...NO_TOKEN, ...BAD_TOKEN, 'account.password_change_needed'],
};
const PERMITTED: readonly ErrorCode[] = [
  ...NO_TOKEN,
  ...BAD_TOKEN,
  'account.password_change_needed',
  'permission.missing',
];

/** How an operation refuses those who may not. */
export function accessRefusals(operation: Pick<Operation, 'access' | 'tokenIn'>): readonly ErrorCode[] {
  const { access, tokenIn } = operation;
  const codes = (typeof access === 'string' ? WORDS[access] : undefined) ?? [
    ...PERMITTED,
    ...(isForPersons(access) ? (['session.needed'] as const) : []),
  ];
  if (tokenIn === 'body') return codes.filter((code) => !NO_TOKEN.includes(code));
  return takesCookies(operation) ? [...codes, ...FOREIGN] : codes;
}

/** Whether a session in a cookie is as good for an operation as a bearer token. */
export function takesCookies({ access, tokenIn }: Pick<Operation, 'access' | 'tokenIn'>): boolean {
  return access !== 'public' && access !== 'metrics' && tokenIn === undefined;
}

/** Who may, in words; undefined where a token, or none, is all it takes. */
export function accessText(access: Access): string | undefined {
  if (access === 'newcomer' || access === 'person') return 'Not for API tokens.';
  if (typeof access === 'string' && access in WORDS) return undefined;
  const names = [access].flat().map((permission) => `\`${permission.replace(PERSON, '')}\``);
  return `Needs the permission ${names.join(' or ')}.${isForPersons(access) ? ' Not for API tokens.' : ''}`;
}

function isForPersons(access: Access): boolean {
  return typeof access === 'string' && access.startsWith('person ');
}
