import { codePointCount, userNameKey } from '../../protocol/user-name.js';
import { AppError } from '../errors/app-error.js';

/** Whose password it is to be: their own names are no passwords. */
export interface PasswordContext {
  readonly userName: string;
  readonly email?: string | undefined;
}

/**
 * What a new password has to be, after NIST SP 800-63B: long and uncommon, and nothing else. It is looked at as it is:
 * nothing is trimmed or cut off, and no kinds of characters are asked for.
 */
export interface PasswordPolicy {
  /** Lets an acceptable password pass. @throws AppError `password.too_short`, `password.too_common` */
  assertAcceptable(password: string, context: PasswordContext): Promise<void>;
}

/** What people call gatherd: in any system these are guessed first. docs/security.md lists them. */
const OWN_WORDS: readonly string[] = ['gatherd', 'gatherer', 'administrator'];

/** Makes a policy. @param options - `minLength`: in characters (Unicode code points) */
export function createPasswordPolicy({ minLength }: { minLength: number }): PasswordPolicy {
  return {
    assertAcceptable: async (password, context) => {
      if (codePointCount(password) < minLength)
        throw new AppError('password.too_short', { details: { limit: minLength } });
      const key = userNameKey(password);
      if (
        OWN_WORDS.includes(key) ||
        namesIn(context).includes(key) ||
        (await commonPasswords()).includes(key)
      )
        throw new AppError('password.too_common');
    },
  };
}

function namesIn({ userName, email = '' }: PasswordContext): string[] {
  const [mailbox = ''] = email.split('@');
  return [userName, email, mailbox].map(userNameKey);
}

// Loaded with the first new password, since most days have none: 20 ms, 2.6 MiB. The 49,000 are ASCII in lower case. To
// look through them takes half a millisecond, which is not worth a second copy in a set.
async function commonPasswords(): Promise<readonly string[]> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  return dictionary['passwords-common'];
}
