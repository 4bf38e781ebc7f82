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
export function accessRefusals({
  access,
  tokenIn,
}: Pick<Operation, 'access' | 'tokenIn'>): readonly ErrorCode[] {
  const codes = (typeof access === 'string' ? WORDS[access] : undefined) ?? [
    ...PERMITTED,
    ...(isForPersons(access) ? (['session.needed'] as const) : []),
  ];
  return tokenIn === 'body' ? codes.filter((code) => !NO_TOKEN.includes(code)) : codes;
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
