import type { AccountChanges, AccountView } from '../../../../protocol/accounts.js';
import { BROWSER_SESSION } from '../../../api/credential.js';
import { useConsole } from '../../app/console-context.js';

/** What changes one's own account, for all of the page. */
export function useAccountChanges(): (changes: AccountChanges) => Promise<AccountView> {
  const { server, session } = useConsole();
  return async (changes) => {
    const account = await server.accounts.changeAccount(BROWSER_SESSION, changes);
    session.changed(account);
    return account;
  };
}
