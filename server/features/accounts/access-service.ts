import { ROLE_PERMISSIONS, type Permission } from '../../../protocol/permissions.js';
import { AppError } from '../../errors/app-error.js';
import type { Actor, AuditService } from '../audit/audit-service.js';
import type { Caller } from '../sessions/session-service.js';
import type { User } from './user-store.js';

/** What of a user decides on what it may do. */
export type AccessFields = Pick<User, 'id' | 'role' | 'status' | 'permissions' | 'oneTimeUntil'>;

/** Who a caller is to the audit log. */
export function actorOf({ session, endpoint, door }: Caller): Actor {
  return { userId: session.userId, name: session.userName, endpoint, door };
}

interface Access {
  readonly isActive: boolean;
  readonly mustChangePassword: boolean;
  readonly permissions: ReadonlySet<Permission>;
}

/** All that a user may do while it is active. */
export function permissionsOf({
  role,
  permissions,
}: Pick<User, 'role' | 'permissions'>): readonly Permission[] {
  return permissions ?? ROLE_PERMISSIONS[role];
}

/** Whether a user is one of those of whom one has to be left. */
export function isAdministrator(user: Pick<User, 'role' | 'permissions' | 'status'>): boolean {
  return user.status === 'active' && permissionsOf(user).includes('users:manage');
}

/**
 * Who may do what: the one place that decides. It knows every user that has a session or a token, in memory, so that no
 * message waits for the database and a change takes effect at once.
 */
export class AccessService {
  readonly #audit: Pick<AuditService, 'note'>;
  readonly #users = new Map<string, Access>();
  readonly #onChange: ((userId: string) => void)[] = [];

  constructor(audit: Pick<AuditService, 'note'>) {
    this.#audit = audit;
  }

  /** Tells, from now on, of each user who may do other things than before, or is no more. */
  watch(onChange: (userId: string) => void): void {
    this.#onChange.push(onChange);
  }

  /** Takes note of what a user may do from now on. To be called wherever one changes, and before it gets a session. */
  put(user: AccessFields): void {
    this.#users.set(user.id, {
      isActive: user.status === 'active',
      mustChangePassword: user.oneTimeUntil !== null,
      permissions: new Set(permissionsOf(user)),
    });
    this.#tell(user.id);
  }

  /** Takes note of a user that is not known yet: what was read before a change undoes nothing of it. */
  introduce(user: AccessFields): void {
    if (!this.#users.has(user.id)) this.put(user);
  }

  /** Takes note that a user is no more. */
  forget(userId: string): void {
    this.#users.delete(userId);
    this.#tell(userId);
  }

  /** Whether a user is active. */
  isActive(userId: string): boolean {
    return this.#users.get(userId)?.isActive === true;
  }

  /** Whether a caller may do something. */
  may({ session }: Pick<Caller, 'session'>, permission: Permission): boolean {
    const access = this.#users.get(session.userId);
    if (access?.isActive !== true || access.mustChangePassword) return false;
    return access.permissions.has(permission) && (session.scopes?.has(permission) ?? true);
  }

  /** @throws AppError `permission.missing`, `account.password_change_needed` */
  assert(caller: Caller, permission: Permission): void {
    if (this.may(caller, permission)) return;
    const details = { permission };
    this.#audit.note({ action: 'permission.refused', outcome: 'refused', actor: actorOf(caller), details });
    this.assertPasswordChanged(caller);
    throw new AppError('permission.missing', { details });
  }

  /** Refuses whoever has to change a one-time password first. @throws AppError `account.password_change_needed` */
  assertPasswordChanged(caller: Pick<Caller, 'session'>): void {
    const refusal = this.refusalUntilPasswordChanged(caller);
    if (refusal !== undefined) throw refusal;
  }

  /** What {@link assertPasswordChanged} throws; undefined where there is nothing to change. */
  refusalUntilPasswordChanged({ session }: Pick<Caller, 'session'>): AppError | undefined {
    const mustChange = this.#users.get(session.userId)?.mustChangePassword === true;
    return mustChange ? new AppError('account.password_change_needed') : undefined;
  }

  /** Refuses a device's token where a person has to be. @throws AppError `session.needed` */
  assertPerson({ session }: Pick<Caller, 'session'>): void {
    if (session.kind === 'api') throw new AppError('session.needed');
  }

  #tell(userId: string): void {
    for (const onChange of this.#onChange) onChange(userId);
  }
}
