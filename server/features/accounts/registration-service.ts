import { randomInt } from 'node:crypto';
import type { AccountView, Registration, UserCreation } from '../../../protocol/accounts.js';
import type { Actor, AuditService } from '../audit/audit-service.js';
import type { InviteService } from '../invites/invite-service.js';
import type { PasswordHasher } from '../../passwords/password-hasher.js';
import type { PasswordPolicy } from '../../passwords/password-policy.js';
import { changedProfile, viewOf } from './account-view.js';
import { assertDone, insertUnlessAlias, newUser } from './new-user.js';
import type { User, UserStore } from './user-store.js';

/** An account that an administrator or the operator has made. */
export interface CreatedAccount {
  readonly account: AccountView;
  /** Where it got no password: one that is good for one login, and until when. */
  readonly oneTime?: OneTime;
}

/** A password for one login. */
export interface OneTime {
  readonly password: string;
  readonly expiresAt: Date;
}

/** How an account is made. */
export interface CreateOptions {
  readonly isOperators?: boolean;
  readonly assertStill?: () => void;
}

/** Makes accounts that have a password from the start, whatever the door. */
export interface RegistrationService {
  /**
   * Makes an account for whoever asks, with the role `user`.
   *
   * @throws AppError `account.enrollment_closed`, `account.invite_…`, `account.name_taken`, `account.email_taken`,
   *   `account.too_many`, `password.…`, `account.hashing_busy`, `request.rate_limited`
   */
  register(actor: Actor, wanted: Registration): Promise<AccountView>;
  /**
   * Makes an account without any permission for the credentials gateway, contract 4.
   *
   * @throws AppError as {@link register}
   */
  registerCredential(actor: Actor, username: string, password: string): Promise<void>;
  /**
   * Makes an account as an administrator or the operator wants it; without a password it gets a one-time one.
   *
   * @param options - `isOperators`: the password comes from the server's own settings and is taken as it is;
   *   `assertStill`: called when nothing is left to wait for, to refuse whoever may not any more
   * @throws AppError `account.name_taken`, `account.email_taken`, `password.…`, `account.hashing_busy`
   */
  create(actor: Actor, wanted: UserCreation, options?: CreateOptions): Promise<CreatedAccount>;
}

/** What making accounts needs. */
export interface RegistrationDeps {
  readonly store: UserStore;
  readonly hasher: PasswordHasher;
  readonly policy: PasswordPolicy;
  /** What a password at the credentials gateway has to be; undefined: contract 4's any. */
  readonly credentialPolicy: PasswordPolicy | undefined;
  /** Counts a new account that anybody asks for. @throws AppError `request.rate_limited` */
  readonly countNew: (endpoint: string) => void;
  readonly invites: Pick<InviteService, 'admit'>;
  readonly audit: Pick<AuditService, 'record'>;
  readonly clock: () => Date;
  readonly newId: () => string;
}

const DAY_MS = 86_400_000;
const ONE_TIME_CHARACTERS = 16;
// Without those that look alike.
const ONE_TIME_ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';

/** Makes the service of registrations. */
export function createRegistrationService(deps: RegistrationDeps): RegistrationService {
  return new Registrations(deps);
}

/** What an account is made of beside its password. */
type Wanted = Omit<UserCreation, 'password'>;

class Registrations implements RegistrationService {
  readonly #deps: RegistrationDeps;

  constructor(deps: RegistrationDeps) {
    this.#deps = deps;
  }

  async register(actor: Actor, { password, invite, ...wanted }: Registration): Promise<AccountView> {
    const { username: userName, email } = wanted;
    this.#deps.countNew(actor.endpoint);
    await this.#deps.policy.assertAcceptable(password, { userName, email });
    const user = await this.#admit(invite, userName, () => this.#insert(wanted, password));
    await this.#note(actor, user, 'registration');
    return viewOf(user);
  }

  async registerCredential(actor: Actor, username: string, password: string): Promise<void> {
    this.#deps.countNew(actor.endpoint);
    await this.#deps.credentialPolicy?.assertAcceptable(password, { userName: username });
    const user = await this.#admit(undefined, username, () =>
      this.#insert({ username, permissions: [] }, password, { isCredential: true }),
    );
    await this.#note(actor, user, 'credentials');
  }

  async create(actor: Actor, creation: UserCreation, options: CreateOptions = {}) {
    const { password, ...wanted } = creation;
    if (password === undefined) return this.#createWithOneTime(actor, wanted, options);
    const { username: userName, email } = wanted;
    if (options.isOperators !== true) await this.#deps.policy.assertAcceptable(password, { userName, email });
    const user = await this.#insert(wanted, password, {}, options);
    await this.#note(actor, user, 'administrator');
    return { account: viewOf(user) };
  }

  async #createWithOneTime(actor: Actor, wanted: Wanted, options: CreateOptions): Promise<CreatedAccount> {
    const oneTime = newOneTime(this.#deps.clock());
    const more = { oneTimeUntil: oneTime.expiresAt };
    const user = await this.#insert(wanted, oneTime.password, more, options);
    await this.#note(actor, user, 'administrator');
    return { account: viewOf(user), oneTime };
  }

  #admit(invite: string | undefined, userName: string, make: () => Promise<User>): Promise<User> {
    return this.#deps.invites.admit(invite, userName, make, () => true);
  }

  async #insert(
    wanted: Wanted,
    password: string,
    more: Partial<User> = {},
    { assertStill }: CreateOptions = {},
  ): Promise<User> {
    const { username: name, email = null, role = 'user', permissions = null, ...profile } = wanted;
    const { hasher, clock, newId, store } = this.#deps;
    const passwordHash = await hasher.hash(password);
    const made = newUser({
      id: newId(),
      name,
      now: clock(),
      passwordHash,
      email,
      role,
      permissions,
      ...more,
    });
    const user = { ...made, profile: changedProfile(made.profile, profile) };
    assertDone(await insertUnlessAlias(store, user, assertStill));
    return user;
  }

  // Not while an invite is held: the account is there, whatever becomes of the audit log.
  #note(actor: Actor, { id, name, role }: User, via: string): Promise<void> {
    const details = { via, role };
    return this.#deps.audit.record({ action: 'account.created', actor, subject: { id, name }, details });
  }
}

/** A new password for one login, good for a day. 80 bits. */
export function newOneTime(now: Date): OneTime {
  const characters = Array.from(
    { length: ONE_TIME_CHARACTERS },
    () => ONE_TIME_ALPHABET[randomInt(ONE_TIME_ALPHABET.length)],
  );
  return { password: characters.join(''), expiresAt: new Date(now.getTime() + DAY_MS) };
}
