import {
  PROFILE_TEXT_NAMES,
  type AccountChanges,
  type AccountSummary,
  type AccountView,
  type ProfileText,
} from '../../../protocol/accounts.js';
import { permissionsOf } from './access-service.js';
import type { Profile, User } from './user-store.js';

/** An account as its bearer and administrators see it; contract 2's `user`. */
export function viewOf(user: User): AccountView {
  const texts = Object.fromEntries(
    PROFILE_TEXT_NAMES.map((name) => [name, user.profile.texts[name] ?? '']),
  ) as Record<ProfileText, string>;
  return {
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
  };
}

/** An account as any other account sees it. */
export function summaryOf({ name, profile, role }: User): AccountSummary {
  return { username: name, full_name: profile.texts.full_name ?? '', role };
}

/** A profile with changes made to it: what is not named stays, metadata is replaced as a whole. */
export function changedProfile({ texts, metadata }: Profile, changes: AccountChanges): Profile {
  const changed: Partial<Record<ProfileText, string>> = { ...texts };
  for (const name of PROFILE_TEXT_NAMES) {
    const text = changes[name];
    if (text !== undefined) changed[name] = text;
  }
  return { texts: changed, metadata: changes.metadata ?? metadata };
}

/** What of the profile changes, by name. */
export function changedNames(changes: object): readonly string[] {
  return Object.entries(changes)
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name);
}
