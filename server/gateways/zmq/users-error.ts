import { AppError } from '../../errors/app-error.js';
import type { ErrorCode } from '../../errors/error-table.js';

/** A refusal in contract 2's own words, where what is wrong is known before any service is asked. */
export class UsersError extends Error {}

const SESSION: readonly ErrorCode[] = [
  'session.invalid',
  'session.not_identified',
  'token.invalid',
  'token.missing',
];

/** What contract 2 says where the error's own text is another: by action where it is not the same for all. */
const MESSAGES: Readonly<Partial<Record<ErrorCode, string>>> = {
  'account.name_taken': 'Username already exists',
  'account.email_taken': 'Email already registered',
  'account.wrong_credentials': 'Invalid username/email or password',
  'account.not_active': 'Account is not active',
  'account.current_password_wrong': 'Current password is incorrect',
  ...Object.fromEntries(SESSION.map((code) => [code, 'Invalid or expired session'])),
};
const MESSAGES_OF: Readonly<Record<string, typeof MESSAGES>> = {
  logout: Object.fromEntries(SESSION.map((code) => [code, 'Invalid session'])),
  delete_user: { 'account.current_password_wrong': 'Incorrect password' },
};

/** The message of a refused request. @param action - of contract 2 */
export function messageOf(error: AppError | UsersError, action: string): string {
  if (!(error instanceof AppError)) return error.message;
  const own = Object.hasOwn(MESSAGES_OF, action) ? MESSAGES_OF[action] : undefined;
  return own?.[error.code] ?? MESSAGES[error.code] ?? error.message;
}
