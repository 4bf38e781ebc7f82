import { codePointCount, userNameKey } from '../../../protocol/user-name.js';
import { AppError } from '../../errors/app-error.js';

/** Whose password it is to be: their own names are no passwords. */
export interface PasswordContext {
  readonly userName: string;
  readonly email?: string | undefined;
}

/** What a new password has to be, after NIST SP 800-63B: long enough and not a common one; of what characters is nobody's business. */
export interface PasswordPolicy {
  /** @throws AppError `password.too_short`, `password.too_common` */
  assertAcceptable(password: string, context: PasswordContext): Promise<void>;
}

/** Makes a policy. @param options - `minLength`: in characters (Unicode code points) */
export function createPasswordPolicy({ minLength }: { minLength: number }): PasswordPolicy {
  return {
    assertAcceptable: async (password, { userName, email }) => {
      if (codePointCount(password) < minLength)
        throw new AppError('password.too_short', { details: { limit: minLength } });
      const key = userNameKey(password);
      const own = [userName, email ?? ''].map(userNameKey);
      if (own.includes(key) || (await isCommon(key))) throw new AppError('password.too_common');
    },
  };
}

async function isCommon(key: string): Promise<boolean> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  const list: Iterable<unknown> = dictionary['passwords-common'] as never;
  for (const word of list) if (word === key) return true;
  return false;
}
