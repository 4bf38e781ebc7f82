import type { User, UserFilter, UserStore } from '../../features/accounts/user-store.js';

/** All users of a store by name. */
export async function usersIn(store: Pick<UserStore, 'list'>, filter: UserFilter = {}): Promise<User[]> {
  const users: User[] = [];
  for await (const some of store.list(filter)) users.push(...some);
  return users;
}
