/** The longest user name, in characters (Unicode code points). Contract 1, "States". */
export const MAX_USER_NAME_CHARACTERS = 32;

const ALLOWED = /^(?:(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{M}\p{Nd}._\-@+])+$/u;

/** A letter is folded for good after two rounds; a text never needs this many. */
const MAX_FOLDINGS = 8;

/**
 * The form under which a user name is found and compared: NFKC, then case folded, again until that changes nothing.
 *
 * Upper before lower case folds the letters that have no lower-case twin of their own (ß and SS are one name). What
 * comes of it can be folded further: ẞ is ß in lower case, and that is ss.
 */
export function userNameKey(name: string): string {
  let key = name;
  for (let count = 0; count < MAX_FOLDINGS; count += 1) {
    const folded = fold(key);
    if (folded === key) break;
    key = folded;
  }
  return key;
}

function fold(text: string): string {
  return text.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}

/**
 * Whether a text can be a user name: 1 to 32 letters, digits and marks of any script and `. _ - @ +`, none of them
 * invisible, and the same holds for the form it is compared by.
 */
export function isUserName(name: string): boolean {
  return isAllowed(name) && isAllowed(userNameKey(name));
}

function isAllowed(text: string): boolean {
  // A code point is two UTF-16 units at most: what is far too long needs no counting.
  if (text.length > 2 * MAX_USER_NAME_CHARACTERS) return false;
  return ALLOWED.test(text) && codePointCount(text) <= MAX_USER_NAME_CHARACTERS;
}

/** The length of a text in Unicode code points, which is what people count as characters. */
export function codePointCount(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
