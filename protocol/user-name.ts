/** The longest user name, in characters (Unicode code points). Contract 1, "States". */
export const MAX_USER_NAME_CHARACTERS = 32;

const ALLOWED = /^(?:(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{M}\p{Nd}._\-@+])+$/u;

/**
 * The form under which a user name is found and compared: NFKC, then case folded.
 *
 * Upper before lower case folds the letters that have no lower-case twin of their own (ß and SS are one name).
 */
export function userNameKey(name: string): string {
  return name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}

/**
 * Whether a text can be a user name: 1 to 32 letters, digits and marks of any script and `. _ - @ +`, none of them
 * invisible, and the same holds for the form it is compared by.
 */
export function isUserName(name: string): boolean {
  return isAllowed(name) && isAllowed(userNameKey(name));
}

function isAllowed(text: string): boolean {
  return ALLOWED.test(text) && codePointCount(text) <= MAX_USER_NAME_CHARACTERS;
}

/** The length of a text in Unicode code points, which is what people count as characters. */
export function codePointCount(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
