import { ANONYMOUS } from '../../../protocol/feed.js';
import { userNameKey } from '../../../protocol/user-name.js';
import type { UserStore } from './user-store.js';

const RESERVED: ReadonlySet<string> = new Set([userNameKey(ANONYMOUS)]);

/** Whether a name, in its compared form, belongs to no account and never will. */
export function isReserved(nameKey: string): boolean {
  return RESERVED.has(nameKey);
}

/** A store in which reserved names are taken, whoever asks for them. An account that has one already keeps it. */
export function withReservedNames(store: UserStore): UserStore {
  return {
    ...store,
    insert: (user) => (isReserved(user.nameKey) ? Promise.resolve('name_taken') : store.insert(user)),
    insertAll: (users) => {
      const index = users.findIndex(({ nameKey }) => isReserved(nameKey));
      return index === -1 ? store.insertAll(users) : Promise.resolve({ index, why: 'name_taken' });
    },
    change: (userId, patch) =>
      patch.nameKey !== undefined && isReserved(patch.nameKey)
        ? Promise.resolve('name_taken')
        : store.change(userId, patch),
  };
}
