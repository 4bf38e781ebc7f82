import { codePointCount } from '../../../protocol/user-name.js';
import { AppError } from '../../errors/app-error.js';

/** Whose password it is to be; what is not known is left out. */
export interface PasswordContext {
  readonly username?: string;
  readonly email?: string;
}

/** What a new password has to be, after NIST SP 800-63B, section 3.1.1.2: long and uncommon, and nothing else. */
export interface PasswordPolicy {
  /**
   * Lets an acceptable password pass. It is looked at as it is: nothing is trimmed or cut off, and no kinds of
   * characters are asked for.
   *
   * @throws AppError `password.too_short`, `password.too_common`
   */
  assertAcceptable(password: string, context: PasswordContext): Promise<void>;
}

/** Makes the policy. @param minLength - in code points, which is what people count as characters */
export function createPasswordPolicy({ minLength }: { minLength: number }): PasswordPolicy {
  return {
    assertAcceptable: async (password, context) => {
      if (codePointCount(password) < minLength) {
        throw new AppError('password.too_short', { details: { limit: minLength } });
      }
      const key = comparable(password);
      if (isOfContext(key, context) || (await commonPasswords()).includes(key)) {
        throw new AppError('password.too_common');
      }
    },
  };
}

function isOfContext(key: string, { username = '', email = '' }: PasswordContext): boolean {
  const [mailbox = ''] = email.split('@');
  return [username, email, mailbox].some((text) => comparable(text) === key);
}

function comparable(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

// Loaded with the first new password, since most days have none: 20 ms and 2.6 MiB. All of its 49,000 are in lower case
// and ASCII; to look through them takes half a millisecond, which is not worth a second copy in a set.
async function commonPasswords(): Promise<readonly string[]> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  return dictionary['passwords-common'];
}
