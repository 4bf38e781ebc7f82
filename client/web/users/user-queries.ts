import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useLocation } from 'wouter';
import type { AccountView, UserChanges } from '../../../protocol/accounts.js';
import { BROWSER_SESSION } from '../../api/credential.js';
import { useConsole, useMember } from '../app/console-context.js';
import { userPath } from './user-path.js';

/** How the keys of all queries about users begin. */
export const USERS = ['users'] as const;

/** The key of what is asked about one user. */
export function keyOf(what: 'account' | 'sessions' | 'tokens', name: string): readonly string[] {
  return [...USERS, what, name];
}

/** What there is to be permitted, and what each role may do. */
export function usePermissionOverview() {
  const { accounts } = useConsole().server;
  return useQuery({ queryKey: ['permissions'], queryFn: () => accounts.permissions(BROWSER_SESSION) });
}

/** Whether an account is that of whoever looks at it. */
export function useIsOneself(account: AccountView): boolean {
  return useMember().account.id === account.id;
}

/** Changes an account, and has the pages show what comes of it, for whoever does that to himself too. */
export function useUserChange(account: AccountView): (changes: UserChanges) => Promise<AccountView> {
  const { server, session } = useConsole();
  const queries = useQueryClient();
  const isOneself = useIsOneself(account);
  const [, navigate] = useLocation();
  return async (changes) => {
    const changed = await server.administration.changeUser(BROWSER_SESSION, account.username, changes);
    queries.setQueryData(keyOf('account', changed.username), changed);
    void queries.invalidateQueries({ queryKey: USERS });
    if (changed.username !== account.username) navigate(userPath(changed.username), { replace: true });
    if (isOneself) await followOneself(session, changed);
    return changed;
  };
}

async function followOneself(
  session: ReturnType<typeof useConsole>['session'],
  changed: AccountView,
): Promise<void> {
  if (changed.status === 'active') await session.load().catch(() => undefined);
  else session.leave();
}
