import pLimit from 'p-limit';
import type { UserChanges as WantedChanges } from '../../../protocol/accounts.js';
import { userNameKey } from '../../../protocol/user-name.js';
import { AppError } from '../../errors/app-error.js';
import type { Actor, AuditService } from '../audit/audit-service.js';
import type { PasswordHasher } from '../../passwords/password-hasher.js';
import type { SessionService } from '../sessions/session-service.js';
import { isAdministrator, type AccessService } from './access-service.js';
import { changedNames, changedProfile } from './account-view.js';
import { aliasOf, assertDone } from './registration-service.js';
import type { User, UserPatch, UserStore } from './user-store.js';

/** What changing accounts needs. */
export interface UserChangesDeps {
  readonly store: UserStore;
  readonly hasher: PasswordHasher;
  readonly access: AccessService;
  readonly sessions: Pick<SessionService, 'endAll' | 'forgetUsers' | 'rename'>;
  readonly audit: Pick<AuditService, 'append'>;
  readonly clock: () => Date;
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
   * Changes name, e-mail address, profile, role, status or permissions. A user that is not active any more loses its sessions at once; one
   * that is permitted something is out of the credentials gateway's reach for good.
   *
   * @throws AppError `account.unknown`, `account.name_taken`, `account.email_taken`, `account.last_administrator`
   */
  change(actor: Actor, userId: string, wanted: WantedChanges): Promise<User> {
    return this.#inTurn(async () => {
      const user = await this.#find(userId);
      const patch = this.#patchOf(user, wanted);
      const changed: User = { ...user, ...patch };
      const alias = await aliasOf(this.#deps.store, changed);
      assertDone(alias);
      await this.#assertOneIsLeft(user, changed);
      assertDone((await this.#deps.store.change(userId, patch)) ?? gone(user));
      this.#deps.access.put(changed);
      this.#deps.sessions.rename(userId, changed);
      if (changed.status !== 'active') await this.#deps.sessions.endAll(userId);
      await this.#note('account.changed', actor, user, auditDetails(wanted));
      return changed;
    });
  }

  /**
   * Sets a password and ends the sessions of a user, one excepted.
   *
   * @param options - `oneTimeUntil`: it is for one login, possible until then
   */
  async setPassword(
    actor: Actor,
    userId: string,
    password: string,
    options: { exceptSessionId?: string; oneTimeUntil?: Date } = {},
  ): Promise<void> {
    const { store, hasher, access, sessions, clock } = this.#deps;
    const { exceptSessionId, oneTimeUntil = null } = options;
    // Outside of the turn: no suspension waits for logins to be checked.
    const passwordHash = await hasher.hash(password);
    await this.#inTurn(async () => {
      const user = await this.#find(userId);
      const patch = { passwordHash, oneTimeUntil, updatedAt: clock() };
      assertDone((await store.change(userId, patch)) ?? gone(user));
      access.put({ ...user, ...patch });
      const ended = await sessions.endAll(userId, exceptSessionId);
      const action = oneTimeUntil === null ? 'password.changed' : 'password.reset';
      await this.#note(action, actor, user, { sessions_ended: ended });
    });
  }

  /** Removes a user with all that hangs on it. @throws AppError `account.unknown`, `account.last_administrator` */
  remove(actor: Actor, userId: string): Promise<void> {
    return this.#inTurn(async () => {
      const user = await this.#find(userId);
      await this.#assertOneIsLeft(user, undefined);
      if (!(await this.#deps.store.remove(userId))) gone(user);
      this.#deps.access.forget(userId);
      this.#deps.sessions.forgetUsers([userId]);
      await this.#note('account.removed', actor, user, {});
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
      ...(givesPermission(wanted) ? { isCredential: false } : {}),
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
    return this.#deps.audit.append({ action, actor, subject: { id, name }, details });
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
