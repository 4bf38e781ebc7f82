import pLimit from 'p-limit';
import type { UserChanges as WantedChanges } from '../../../protocol/accounts.js';
import { userNameKey } from '../../../protocol/user-name.js';
import { AppError } from '../../errors/app-error.js';
import type { Actor, AuditService } from '../audit/audit-service.js';
import type { PasswordHasher } from '../../passwords/password-hasher.js';
import type { SessionService } from '../sessions/session-service.js';
import { isAdministrator, type AccessService } from './access-service.js';
import { changedNames, changedProfile, isChange } from './account-view.js';
import { aliasOf, assertDone } from './new-user.js';
import type { User, UserPatch, UserStore } from './user-store.js';

/** What changing accounts needs. */
export interface UserChangesDeps {
  readonly store: UserStore;
  readonly hasher: PasswordHasher;
  readonly access: AccessService;
  readonly sessions: Pick<SessionService, 'endAll' | 'forgetUsers' | 'rename'>;
  readonly audit: Pick<AuditService, 'record'>;
  readonly clock: () => Date;
}

/** Who changes an account. */
export interface ChangeMaker {
  readonly actor: Actor;
  /** Called when nothing is left to wait for: refuses whoever may not any more. @throws AppError */
  readonly assertStill: () => void;
}

/** How a password is set. */
export interface PasswordOptions {
  readonly exceptSessionId?: string;
  readonly oneTimeUntil?: Date;
  readonly mayStill?: (user: User) => boolean;
}

/** Changes of accounts, whoever makes them: what follows from each is here, once. */
export class UserChanges {
  readonly #deps: UserChangesDeps;
  // One at a time: two administrators could otherwise demote each other.
  readonly #inTurn = pLimit(1);

  constructor(deps: UserChangesDeps) {
    this.#deps = deps;
  }

  /**
   * Changes name, e-mail address, profile, role, status or permissions; where they are so already, nothing is written. A user that is
   * not active any more loses its sessions at once; one that is permitted something is out of the credentials gateway's reach for good, and gets no first password by AUTHENTICATE.
   *
   * @throws AppError `account.unknown`, `account.name_taken`, `account.email_taken`, `account.last_administrator`
   */
  change(by: ChangeMaker, userId: string, wanted: WantedChanges): Promise<User> {
    return this.#inTurn(async () => {
      const user = await this.#find(userId);
      const patch = this.#patchOf(user, wanted);
      const changed: User = { ...user, ...patch };
      if (wanted.username !== undefined || wanted.email !== undefined)
        assertDone(await aliasOf(this.#deps.store, changed));
      await this.#assertOneIsLeft(user, changed);
      by.assertStill();
      if (!isChange(user, patch)) return user;
      assertDone((await this.#deps.store.change(userId, patch)) ?? gone(user));
      // Whoever is told by the next looks at the sessions: they have the new name by then.
      this.#deps.sessions.rename(userId, changed);
      this.#deps.access.put(changed);
      if (changed.status !== 'active') await this.#deps.sessions.endAll(userId);
      await this.#note('account.changed', by.actor, user, auditDetails(wanted));
      return changed;
    });
  }

  /**
   * Sets a password and ends the sessions of a user, one excepted.
   *
   * @param options - `oneTimeUntil`: it is for one login, possible until then; `mayStill`: whether the user as it is when its turn
   *   comes may still get it
   * @returns whether it was set
   */
  async setPassword(by: ChangeMaker, userId: string, password: string, options: PasswordOptions = {}) {
    const { store, hasher, access, sessions, clock } = this.#deps;
    const { exceptSessionId, oneTimeUntil = null, mayStill = () => true } = options;
    // Outside of the turn: no suspension waits for logins to be checked.
    const passwordHash = await hasher.hash(password);
    return this.#inTurn(async () => {
      const user = await this.#find(userId);
      if (!mayStill(user)) return false;
      by.assertStill();
      const patch = { passwordHash, oneTimeUntil, updatedAt: clock() };
      assertDone((await store.change(userId, patch)) ?? gone(user));
      access.put({ ...user, ...patch });
      const ended = await sessions.endAll(userId, exceptSessionId);
      const action = oneTimeUntil === null ? 'password.changed' : 'password.reset';
      await this.#note(action, by.actor, user, { sessions_ended: ended });
      return true;
    });
  }

  /**
   * Removes a user with all that hangs on it; answers whether it did.
   *
   * @param mayStill - whether the user as it is when its turn comes may still be removed
   * @throws AppError `account.unknown`, `account.last_administrator`
   */
  remove(by: ChangeMaker, userId: string, mayStill: (user: User) => boolean = () => true): Promise<boolean> {
    return this.#inTurn(async () => {
      const user = await this.#find(userId);
      if (!mayStill(user)) return false;
      await this.#assertOneIsLeft(user, undefined);
      by.assertStill();
      if (!(await this.#deps.store.remove(userId))) gone(user);
      this.#deps.access.forget(userId);
      this.#deps.sessions.forgetUsers([userId]);
      await this.#note('account.removed', by.actor, user, {});
      return true;
    });
  }

  async #find(userId: string): Promise<User> {
    return (await this.#deps.store.findById(userId)) ?? gone({ name: '' });
  }

  #patchOf(user: User, wanted: WantedChanges): UserPatch {
    const { username, role, permissions, ...others } = wanted;
    const { email, status, ...profile } = others;
    const now = this.#deps.clock();
    return {
      updatedAt: now,
      ...(username === undefined ? {} : nameColumns(user, username, now)),
      ...defined({ email, role, status, permissions }),
      ...(changedNames(profile).length === 0 ? {} : { profile: changedProfile(user.profile, profile) }),
      ...(givesPermission(wanted) ? { isCredential: false, homeEndpoint: null } : {}),
    };
  }

  async #assertOneIsLeft(before: User, after: User | undefined): Promise<void> {
    if (!isAdministrator(before) || (after !== undefined && isAdministrator(after))) return;
    if ((await this.#deps.store.countAdministrators(before.id)) === 0)
      throw new AppError('account.last_administrator');
  }

  #note(
    action: 'account.changed' | 'account.removed' | 'password.changed' | 'password.reset',
    actor: Actor,
    { id, name }: User,
    details: Readonly<Record<string, number | string | readonly string[] | null>>,
  ): Promise<void> {
    return this.#deps.audit.record({ action, actor, subject: { id, name }, details });
  }
}

function givesPermission({ role, permissions }: WantedChanges): boolean {
  return role !== undefined || (permissions !== undefined && permissions?.length !== 0);
}

function nameColumns(user: User, name: string, now: Date): UserPatch {
  const nameKey = userNameKey(name);
  return nameKey === user.nameKey ? { name } : { name, nameKey, nameSince: now };
}

// What is not named stays as it is.
function defined<Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> };
}

// Of what is personal only that it changed.
function auditDetails({ username, role, status, permissions, ...personal }: WantedChanges) {
  return {
    changed: changedNames(personal),
    ...(username === undefined ? {} : { username }),
    ...(role === undefined ? {} : { role }),
    ...(status === undefined ? {} : { status }),
    ...(permissions === undefined ? {} : { permissions }),
  };
}

function gone({ name }: Pick<User, 'name'>): never {
  throw new AppError('account.unknown', { details: { name } });
}
