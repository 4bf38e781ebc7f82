import { password } from '../../../../protocol/credentials.js';
import { codePointCount } from '../../../../protocol/user-name.js';

/** A password that is chosen, typed twice. */
export interface NewPassword {
  readonly next: string;
  readonly again: string;
}

/** Nothing typed yet. */
export const NO_PASSWORD: NewPassword = { next: '', again: '' };

/** What the server calls the fields of a form with a {@link NewPassword} and the current one. */
export const PASSWORD_FIELDS = {
  password: 'next',
  new_password: 'next',
  current_password: 'current',
} as const;

/** What keeps a new password from being taken, as far as a page can tell. @param atLeast - characters; undefined: not known */
export function newPasswordErrors({ next, again }: NewPassword, atLeast = 1): Record<string, string> {
  if (codePointCount(next) < atLeast) return { next: `It needs at least ${String(atLeast)} characters.` };
  if (!password.safeParse(next).success) return { next: 'It may have at most 128 characters.' };
  return next === again ? {} : { again: 'This is another password. Type the same one twice.' };
}
