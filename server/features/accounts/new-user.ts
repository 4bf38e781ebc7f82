import { emailKey } from '../../../protocol/accounts.js';
import { userNameKey } from '../../../protocol/user-name.js';
import { AppError } from '../../errors/app-error.js';
import type { Uniqueness, User, UserStore } from './user-store.js';

/** A user with nothing but what has to be said. */
export function newUser({
  id,
  name,
  now,
  ...more
}: { id: string; name: string; now: Date } & Partial<User>): User {
  return {
    nameSince: now,
    passwordHash: null,
    oneTimeUntil: null,
    homeEndpoint: null,
    role: 'user',
    status: 'active',
    permissions: null,
    isCredential: false,
    email: null,
    profile: { texts: {}, metadata: {} },
    createdAt: now,
    updatedAt: now,
    lastLoginAt: null,
    ...more,
    id,
    name,
    nameKey: userNameKey(name),
  };
}

/** Throws where a name or an address was taken. @throws AppError `account.name_taken`, `account.email_taken` */
export function assertDone(done: Uniqueness): void {
  if (done === 'name_taken') throw new AppError('account.name_taken');
  if (done === 'email_taken') throw new AppError('account.email_taken');
}

/** Whether a name is another's e-mail address, or an address another's name: a login would not know who is meant. */
export async function aliasOf(
  store: UserStore,
  { id, name, email }: Pick<User, 'id' | 'name' | 'email'>,
): Promise<Uniqueness> {
  const byAddress = name.includes('@') ? await store.findByEmail(name) : undefined;
  if (byAddress !== undefined && byAddress.id !== id) return 'name_taken';
  const byName = email === null ? undefined : await store.findByNameKey(userNameKey(emailKey(email)));
  return byName !== undefined && byName.id !== id ? 'email_taken' : 'done';
}

/**
 * Inserts a user unless its name is another's address, or the other way round.
 *
 * @param assertStill - called when only the insert is left to wait for: throws where it may not be made any more
 */
export async function insertUnlessAlias(
  store: UserStore,
  user: User,
  assertStill: () => void = () => undefined,
): Promise<Uniqueness> {
  const alias = await aliasOf(store, user);
  if (alias !== 'done') return alias;
  assertStill();
  const done = await store.insert(user);
  // Where both are taken the name is told of first, as in contract 2.
  const isNameTaken = done === 'email_taken' && (await store.findByNameKey(user.nameKey)) !== undefined;
  return isNameTaken ? 'name_taken' : done;
}
