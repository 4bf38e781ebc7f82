import { emailKey, type AccountView } from '../../../protocol/accounts.js';
import { userNameKey } from '../../../protocol/user-name.js';
import { AppError } from '../../errors/app-error.js';
import type { LoginThrottle } from '../../passwords/login-throttle.js';
import type { PasswordHasher } from '../../passwords/password-hasher.js';
import type { PasswordPolicy } from '../../passwords/password-policy.js';
import type { AuditService } from '../audit/audit-service.js';
import type { InviteService } from '../invites/invite-service.js';
import { viewOf } from './account-view.js';
import { assertDone, insertUnlessAlias, newUser } from './new-user.js';
import type { UserCount } from './user-count.js';
import type { User, UserStore } from './user-store.js';

/** The parts of a user that other features see. */
export type Account = Pick<
  User,
  'id' | 'name' | 'nameSince' | 'role' | 'status' | 'permissions' | 'oneTimeUntil'
>;

/** A password that somebody claims to be an account's. */
export interface PasswordClaim {
  readonly password: string;
  readonly endpoint: string;
  /**
   * Whether a password was right at this endpoint before: it is then counted on its own, so that guesses from elsewhere
   * cannot lock the owner out.
   */
  readonly isProven: boolean;
}

/** Who exists, and whose password is whose. */
export interface AccountService {
  /**
   * The account of a name, made if there is none.
   *
   * @param invite - a code, where enrolment asks for one
   * @throws AppError `account.enrollment_closed`, `account.invite_…`, `account.too_many_pending`, `account.name_taken` where it
   *   is another one's e-mail address
   */
  identify(name: string, endpoint: string, invite?: string): Promise<{ account: Account; isNew: boolean }>;
  /**
   * The account of a name.
   *
   * @throws AppError `account.not_found`, after as much throttling and work as a wrong password gets
   */
  find(name: string, claim: Pick<PasswordClaim, 'password' | 'endpoint'>): Promise<Account>;
  /** The account of a user name or an e-mail address; what has an @ is looked for as an address first. */
  findByLogin(nameOrEmail: string): Promise<Account | undefined>;
  /** The account of a user name and nothing else, and whether it has a password. */
  findByName(name: string): Promise<{ account: Account; hasPassword: boolean } | undefined>;
  /** Refuses a login of nobody, after as much throttling and work as a wrong password gets. @throws AppError always */
  refuseUnknown(nameOrEmail: string, claim: PasswordClaim): Promise<never>;
  /**
   * Checks a password for AUTHENTICATE, or sets it where it is the account's first and comes from the endpoint that made
   * the account.
   *
   * @throws AppError `account.wrong_password`, `account.throttled`, `account.rate_limited`, `account.hashing_busy`,
   *   `account.not_active`, `account.password_change_needed`, `password.…`
   */
  authenticate(account: Account, claim: PasswordClaim): Promise<{ isFirst: boolean }>;
  /**
   * Checks a password for a login; one that was made for one login is used up by it.
   *
   * @throws AppError `account.wrong_password`, `account.throttled`, `account.rate_limited`, `account.hashing_busy`,
   *   `account.not_active`
   */
  checkPassword(account: Account, claim: PasswordClaim): Promise<void>;
  /**
   * Makes sure that whoever is logged in knows the password; answers its hash.
   *
   * @throws AppError as {@link checkPassword}
   */
  confirmPassword(account: Pick<Account, 'id' | 'name'>, claim: PasswordClaim): Promise<string | null>;
  /** Takes note of a login, and answers the account for it. */
  noteLogin(account: Account): Promise<AccountView>;
  /** Removes all users that were identified before a time and never authenticated; tells their ids as it goes. */
  removeNeverAuthenticated(createdBefore: Date): AsyncIterable<readonly string[]>;
}

/** What the service of accounts needs. */
export interface AccountServiceDeps {
  readonly store: UserStore;
  readonly hasher: PasswordHasher;
  readonly throttle: LoginThrottle;
  /** What a first password of AUTHENTICATE has to be; undefined: contract 1's any. */
  readonly firstPasswordPolicy: PasswordPolicy | undefined;
  readonly invites: Pick<InviteService, 'admit'>;
  readonly audit: Pick<AuditService, 'note'>;
  readonly pending: UserCount;
  readonly clock: () => Date;
  readonly newId: () => string;
}

/** Makes the service of accounts. */
export function createAccountService(deps: AccountServiceDeps): AccountService {
  return new Accounts(deps);
}

class Accounts implements AccountService {
  readonly #deps: AccountServiceDeps;

  constructor(deps: AccountServiceDeps) {
    this.#deps = deps;
  }

  async identify(
    name: string,
    endpoint: string,
    invite?: string,
  ): Promise<{ account: User; isNew: boolean }> {
    const known = await this.#deps.store.findByNameKey(userNameKey(name));
    if (known !== undefined) return { account: known, isNew: false };
    const user = newUser({ id: this.#deps.newId(), name, homeEndpoint: endpoint, now: this.#deps.clock() });
    const { audit, invites, pending, store } = this.#deps;
    const insert = () =>
      pending.add(async () => {
        const done = await insertUnlessAlias(store, user);
        // Somebody else has made it since; or it is another one's address.
        if (done !== 'done' && (await store.findByNameKey(user.nameKey)) === undefined) assertDone(done);
        return done === 'done';
      });
    if (await invites.admit(invite, name, insert, Boolean)) {
      const actor = { userId: user.id, name, endpoint, door: 'gather' } as const;
      audit.note({
        action: 'account.created',
        actor,
        subject: { id: user.id, name },
        details: { via: 'identify' },
      });
      return { account: user, isNew: true };
    }
    return this.identify(name, endpoint, invite);
  }

  async find(name: string, claim: Pick<PasswordClaim, 'password' | 'endpoint'>): Promise<User> {
    const user = await this.#deps.store.findByNameKey(userNameKey(name));
    if (user !== undefined) return user;
    await this.#pretend(userNameKey(name), claim);
    throw new AppError('account.not_found');
  }

  async findByLogin(nameOrEmail: string): Promise<User | undefined> {
    const { store } = this.#deps;
    const byEmail = nameOrEmail.includes('@') ? await store.findByEmail(nameOrEmail) : undefined;
    return byEmail ?? (await store.findByNameKey(userNameKey(nameOrEmail)));
  }

  async findByName(name: string): Promise<{ account: User; hasPassword: boolean } | undefined> {
    const account = await this.#deps.store.findByNameKey(userNameKey(name));
    return account === undefined ? undefined : { account, hasPassword: account.passwordHash !== null };
  }

  async refuseUnknown(nameOrEmail: string, claim: PasswordClaim): Promise<never> {
    await this.#pretend(emailKey(nameOrEmail), claim);
    throw new AppError('account.wrong_password', { details: { name: nameOrEmail } });
  }

  async authenticate(account: Account, claim: PasswordClaim) {
    let isFirst = false;
    const user = await this.#attempt(account, claim, async (found) => {
      if (found.passwordHash !== null) return this.#isPasswordOf(found, claim.password);
      isFirst =
        found.homeEndpoint === claim.endpoint && (await this.#setFirstPassword(found, claim.password));
      if (!isFirst) await this.#deps.hasher.pretend(claim.password);
      return isFirst;
    });
    if (user.status !== 'active') throw new AppError('account.not_active');
    if (user.oneTimeUntil !== null) throw new AppError('account.password_change_needed');
    return { isFirst };
  }

  async checkPassword(account: Account, claim: PasswordClaim): Promise<void> {
    const { store, clock } = this.#deps;
    const user = await this.#attempt(account, claim, async (found) => {
      if (!(await this.#isPasswordOf(found, claim.password))) return false;
      const { id, oneTimeUntil: until } = found;
      const isForOneLogin = until !== null && found.status === 'active';
      return !isForOneLogin || (until > clock() && (await store.useOneTimePassword(id, until, clock())));
    });
    if (user.status !== 'active') throw new AppError('account.not_active');
  }

  async confirmPassword(account: Pick<Account, 'id' | 'name'>, claim: PasswordClaim) {
    const { id } = await this.#attempt(account, claim, (found) => this.#isPasswordOf(found, claim.password));
    // The check may have written it anew.
    return (await this.#deps.store.findById(id))?.passwordHash ?? null;
  }

  async noteLogin({ id, name }: Account): Promise<AccountView> {
    const { store, clock } = this.#deps;
    await store.change(id, { lastLoginAt: clock() });
    const user = await store.findById(id);
    if (user === undefined) throw new AppError('account.unknown', { details: { name } });
    return viewOf(user);
  }

  async *removeNeverAuthenticated(createdBefore: Date) {
    const { store, pending } = this.#deps;
    for (;;) {
      const removed = await store.removeNeverAuthenticated(createdBefore);
      if (removed.length === 0) return;
      pending.subtract(removed.length);
      yield removed;
    }
  }

  #pretend(key: string, { password, endpoint }: Pick<PasswordClaim, 'password' | 'endpoint'>): Promise<void> {
    const { throttle, hasher } = this.#deps;
    return throttle.attemptUnknown(key, endpoint, () => hasher.pretend(password));
  }

  // The user as it is when its turn comes.
  async #attempt(
    { id, name }: Pick<Account, 'id' | 'name'>,
    { endpoint, isProven }: PasswordClaim,
    isRight: (user: User) => Promise<boolean>,
  ): Promise<User> {
    const found: { user?: User } = {};
    const hasPassed = await this.#deps.throttle.attempt({ accountId: id, endpoint, isProven }, async () => {
      const user = await this.#deps.store.findById(id);
      if (user === undefined) throw new AppError('account.not_found');
      found.user = user;
      return isRight(user);
    });
    if (!hasPassed || found.user === undefined)
      throw new AppError('account.wrong_password', { details: { name } });
    return found.user;
  }

  // Checks a password, and stores it anew where its hash is not of the current format.
  async #isPasswordOf({ id, passwordHash }: User, password: string): Promise<boolean> {
    const { hasher, store } = this.#deps;
    if (passwordHash === null) {
      await hasher.pretend(password);
      return false;
    }
    const { isRight, isOutdated } = await hasher.check(passwordHash, password);
    if (isRight && isOutdated) await store.replacePasswordHash(id, passwordHash, await hasher.hash(password));
    return isRight;
  }

  async #setFirstPassword({ id, name }: User, password: string): Promise<boolean> {
    const { hasher, store, pending, firstPasswordPolicy } = this.#deps;
    await firstPasswordPolicy?.assertAcceptable(password, { userName: name });
    const isSet = await store.replacePasswordHash(id, null, await hasher.hash(password));
    if (isSet) pending.subtract(1);
    return isSet;
  }
}
