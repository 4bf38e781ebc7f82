import { password } from '../../../protocol/credentials.js';
import { codePointCount } from '../../../protocol/user-name.js';

/** A password that is chosen, typed twice. */
export interface NewPassword {
  readonly next: string;
  readonly again: string;
}

/** Nothing typed yet. */
export const NO_PASSWORD: NewPassword = { next: '', again: '' };

/** What keeps a password from being taken, as far as this page can tell. @param atLeast - characters; undefined: not known yet */
export function newPasswordRules(atLeast = 1) {
  return {
    next: (value: string): string | null => {
      if (codePointCount(value) < atLeast) return `It needs at least ${String(atLeast)} characters.`;
      return password.safeParse(value).success ? null : 'It may have at most 128 characters.';
    },
    again: (value: string, { next }: NewPassword): string | null =>
      value === next ? null : 'This is another password: type the same twice.',
  };
}

/** The fields of a form that the server's refusals of passwords are about, by their codes. */
export const PASSWORD_FIELDS = {
  'password.too_short': 'next',
  'password.too_common': 'next',
  'password.unchanged': 'next',
  'account.current_password_wrong': 'current',
} as const;
