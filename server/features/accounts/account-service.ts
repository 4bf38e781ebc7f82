import { userNameKey } from '../../../protocol/user-name.js';
import { AppError } from '../../errors/app-error.js';
import type { LoginThrottle } from './login-throttle.js';
import type { PasswordHasher } from './password-hasher.js';
import type { PendingUsers } from './pending-users.js';
import type { User, UserStore } from './user-store.js';

/** The parts of a user that other features see. */
export type Account = Pick<User, 'id' | 'name'>;

/** Who exists, and whose password is whose. */
export interface AccountService {
  /**
   * The account of a name, made if there is none.
   *
   * @throws AppError `account.enrollment_closed`, `account.too_many_pending`
   */
  identify(name: string, endpoint: string): Promise<{ account: Account; isNew: boolean }>;
  /**
   * The account of a name.
   *
   * @throws AppError `account.not_found`, after as much work as a wrong password costs
   */
  find(name: string, password: string): Promise<Account>;
  /**
   * Checks a password, or sets it where it is the account's first and comes from the endpoint that made the account.
   *
   * @param isProven - whether a password was right at this endpoint before: it is then counted on its own, so that
   *   guesses from elsewhere cannot lock the owner out
   * @throws AppError `account.wrong_password`, `account.throttled`, `account.rate_limited`, `account.hashing_busy`
   */
  checkPassword(
    account: Account,
    password: string,
    endpoint: string,
    isProven: boolean,
  ): Promise<{ isFirst: boolean }>;
  /** Removes all users that were identified before a time and never authenticated; tells their ids as it goes. */
  removeNeverAuthenticated(createdBefore: Date): AsyncIterable<readonly string[]>;
}

/** Makes the service of accounts. */
export function createAccountService(deps: {
  store: UserStore;
  hasher: PasswordHasher;
  throttle: LoginThrottle;
  isEnrollmentOpen: boolean;
  pending: PendingUsers;
  clock: () => Date;
  newId: () => string;
}): AccountService {
  const { store, hasher, throttle, isEnrollmentOpen, pending, clock, newId } = deps;

  async function identify(name: string, endpoint: string) {
    const nameKey = userNameKey(name);
    const known = await store.findByNameKey(nameKey);
    if (known !== undefined) return { account: known, isNew: false };
    if (!isEnrollmentOpen) throw new AppError('account.enrollment_closed');
    const user = {
      id: newId(),
      name,
      nameKey,
      passwordHash: null,
      homeEndpoint: endpoint,
      createdAt: clock(),
    };
    if (await pending.add(() => store.insert(user))) return { account: user, isNew: true };
    // Somebody else has made it since.
    return identify(name, endpoint);
  }

  async function find(name: string, password: string): Promise<User> {
    const user = await store.findByNameKey(userNameKey(name));
    if (user !== undefined) return user;
    await hasher.pretend(password);
    throw new AppError('account.not_found');
  }

  async function checkPassword(account: Account, password: string, endpoint: string, isProven: boolean) {
    let isFirst = false;
    const attempt = { accountId: account.id, endpoint, isProven };
    const isRight = await throttle.attempt(attempt, async () => {
      const user = await store.findById(account.id);
      if (user === undefined) throw new AppError('account.not_found');
      if (user.passwordHash !== null) return isPasswordOf(user.id, user.passwordHash, password, deps);
      isFirst = user.homeEndpoint === endpoint && (await setFirstPassword(user.id, password, deps));
      if (!isFirst) await hasher.pretend(password);
      return isFirst;
    });
    if (!isRight) throw new AppError('account.wrong_password', { details: { name: account.name } });
    return { isFirst };
  }

  async function* removeNeverAuthenticated(createdBefore: Date) {
    for (;;) {
      const removed = await store.removeNeverAuthenticated(createdBefore);
      if (removed.length === 0) return;
      pending.subtract(removed.length);
      yield removed;
    }
  }

  return { identify, find, checkPassword, removeNeverAuthenticated };
}

/** Checks a password, and stores it anew where its hash is not of the current format. */
async function isPasswordOf(
  userId: string,
  stored: string,
  password: string,
  { hasher, store }: { hasher: PasswordHasher; store: UserStore },
): Promise<boolean> {
  const { isRight, isOutdated } = await hasher.check(stored, password);
  if (isRight && isOutdated) await store.replacePasswordHash(userId, stored, await hasher.hash(password));
  return isRight;
}

async function setFirstPassword(
  userId: string,
  password: string,
  { hasher, store, pending }: { hasher: PasswordHasher; store: UserStore; pending: PendingUsers },
): Promise<boolean> {
  const isSet = await store.replacePasswordHash(userId, null, await hasher.hash(password));
  if (isSet) pending.subtract(1);
  return isSet;
}
