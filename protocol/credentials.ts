import * as z from 'zod';
import { codePointCount, isUserName } from './user-name.js';

/** The longest password, in characters (Unicode code points). Contract 1, "States". */
export const MAX_PASSWORD_CHARACTERS = 128;

const USER_NAME_RULE = 'must be 1 to 32 letters, digits or marks of any script, or . _ - @ +';
const PASSWORD_RULE = `must be 1 to ${String(MAX_PASSWORD_CHARACTERS)} characters`;

/** A user name of contract 1; see {@link isUserName}. */
export const userName = z.string({ error: USER_NAME_RULE }).refine(isUserName, { error: USER_NAME_RULE });

/** A password as it is typed: nothing is trimmed and nothing cut off. Whether it is good enough is the policy's to say. */
export const password = z.string({ error: PASSWORD_RULE }).refine(isPassword, { error: PASSWORD_RULE });

function isPassword(text: string): boolean {
  // A code point is two UTF-16 units at most: what is far too long needs no counting.
  if (text.length > 2 * MAX_PASSWORD_CHARACTERS) return false;
  const count = codePointCount(text);
  return count >= 1 && count <= MAX_PASSWORD_CHARACTERS;
}
