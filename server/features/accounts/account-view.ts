import { isDeepStrictEqual } from 'node:util';
import {
  PROFILE_TEXT_NAMES,
  type AccountChanges,
  type AccountSummary,
  type AccountView,
  type ProfileText,
} from '../../../protocol/accounts.js';
import { permissionsOf } from './access-service.js';
import { AppError } from '../../errors/app-error.js';
import type { Profile, User, UserPatch, UserSummary } from './user-store.js';

/** How much JSON is on a page of users, beside its last user. */
const PAGE_BYTES = 2 * 2 ** 20;
/** How much JSON a list that has no pages may be. */
const LIST_BYTES = 16 * 2 ** 20;

/** An account as its bearer and administrators see it; contract 2's `user` is part of it. What is damaged is empty, and named. */
export function viewOf(user: User): AccountView {
  // Not where the address has just been replaced.
  const damaged = user.profile.damaged?.filter((field) => field !== 'email' || user.email === null) ?? [];
  const texts = Object.fromEntries(
    PROFILE_TEXT_NAMES.map((name) => [name, user.profile.texts[name] ?? '']),
  ) as Record<ProfileText, string>;
  return {
    id: user.id,
    username: user.name,
    email: user.email ?? '',
    ...texts,
    role: user.role,
    status: user.status,
    created_at: user.createdAt.toISOString(),
    updated_at: user.updatedAt.toISOString(),
    last_login: user.lastLoginAt?.toISOString() ?? null,
    metadata: { ...user.profile.metadata },
    permissions: [...permissionsOf(user)],
    has_own_permissions: user.permissions !== null,
    must_change_password: user.oneTimeUntil !== null,
    ...(damaged.length === 0 ? {} : { damaged_fields: damaged }),
  };
}

/** An account as any other account sees it. */
export function summaryOf({ name, fullName, role }: UserSummary): AccountSummary {
  return { username: name, full_name: fullName, role };
}

/**
 * A page of users, which ends where it is full: with so many of them, or with 2 MiB of JSON.
 *
 * @param next - of the answer: behind which compared name the next page begins; null at the end
 */
export async function pageOf<Item extends { readonly nameKey: string }, Shown>(
  found: AsyncIterable<readonly Item[]>,
  limit: number,
  present: (item: Item) => Shown,
): Promise<{ users: Shown[]; next: string | null }> {
  const users: Shown[] = [];
  let bytes = 0;
  let last = '';
  for await (const items of found)
    for (const item of items) {
      if (users.length >= limit || bytes > PAGE_BYTES) return { users, next: last };
      const shown = present(item);
      users.push(shown);
      bytes += JSON.stringify(shown).length;
      last = item.nameKey;
    }
  return { users, next: null };
}

/** All users that are found. @throws AppError `account.list_too_long` where that is over 16 MiB of JSON */
export async function allOf<Item, Shown>(
  found: AsyncIterable<readonly Item[]>,
  present: (item: Item) => Shown,
): Promise<readonly Shown[]> {
  const users: Shown[] = [];
  let bytes = 0;
  for await (const items of found) {
    const shown = items.map(present);
    bytes += JSON.stringify(shown).length;
    if (bytes > LIST_BYTES) throw new AppError('account.list_too_long', { details: { limit: LIST_BYTES } });
    users.push(...shown);
  }
  return users;
}

/** A profile with changes made to it: what is not named stays, metadata is replaced as a whole. */
export function changedProfile({ texts, metadata, damaged }: Profile, changes: AccountChanges): Profile {
  const changed: Partial<Record<ProfileText, string>> = { ...texts };
  for (const name of PROFILE_TEXT_NAMES) {
    const text = changes[name];
    // To clear what there is not would change nothing.
    const isThere = texts[name] !== undefined || damaged?.includes(name) === true;
    if (text !== undefined && (text !== '' || isThere)) changed[name] = text;
  }
  const left = damaged?.filter((field) => changes[field] === undefined);
  return {
    texts: changed,
    metadata: changes.metadata ?? metadata,
    ...(left === undefined || left.length === 0 ? {} : { damaged: left }),
  };
}

/** Whether a change of a user changes anything but the time of the change. */
export function isChange(user: User, { updatedAt: _now, ...patch }: UserPatch): boolean {
  return !isDeepStrictEqual({ ...user, ...patch }, { ...user });
}

/** What of the profile changes, by name. */
export function changedNames(changes: object): readonly string[] {
  return Object.entries(changes)
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name);
}
