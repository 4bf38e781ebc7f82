import type { AccountView } from '../../../protocol/accounts.js';
import type { Permission } from '../../../protocol/permissions.js';
import { BROWSER_SESSION } from '../../api/credential.js';
import { isTokenRefused } from '../../api/token-refused.js';
import type { Server } from '../server/server.js';
import { Store } from '../server/store.js';

/** Somebody who has logged in. */
export interface Member {
  readonly account: AccountView;
  /** What this session may do. */
  readonly permissions: readonly Permission[];
}

/** Who is there. */
export type SessionState =
  /** Not known yet. */
  | { readonly kind: 'unknown' }
  /** Nobody. */
  | { readonly kind: 'out' }
  /** Somebody with a password that was made for one login. */
  | { readonly kind: 'newcomer'; readonly name: string }
  /** `hasEnded`: the session is good no more; the page stays until its user has logged in again. */
  | { readonly kind: 'in'; readonly member: Member; readonly hasEnded: boolean };

/** Who is logged in to this browser. */
export class SessionStore {
  readonly state = new Store<SessionState>({ kind: 'unknown' });
  readonly #server: () => Pick<Server, 'accounts' | 'console'>;

  /** @param server - what to ask; a function, since the server's port tells this store of its answers */
  constructor(server: () => Pick<Server, 'accounts' | 'console'>) {
    this.#server = server;
  }

  /** Finds out who is there. @throws GatherError where the server does not say */
  async load(): Promise<void> {
    const { accounts } = this.#server();
    try {
      const account = await accounts.account(BROWSER_SESSION);
      if (account.must_change_password) {
        this.state.set({ kind: 'newcomer', name: account.username });
        return;
      }
      const { mine } = await accounts.permissions(BROWSER_SESSION);
      this.state.set({ kind: 'in', member: { account, permissions: mine }, hasEnded: false });
    } catch (error) {
      if (!isTokenRefused(error)) throw error;
      if (this.state.get().kind !== 'in') this.state.set({ kind: 'out' });
    }
  }

  /** Logs in. @throws GatherError */
  async logIn(nameOrEmail: string, password: string): Promise<void> {
    await this.#server().console.logIn(nameOrEmail, password);
    await this.load();
  }

  /** Logs out. @throws GatherError where the session may still be good */
  async logOut(): Promise<void> {
    try {
      await this.#server().accounts.logout(BROWSER_SESSION);
    } catch (error) {
      if (!isTokenRefused(error)) throw error;
    }
    this.leave();
  }

  /** The session is over, and so is its page: the account is deleted, for example. */
  leave(): void {
    this.state.set({ kind: 'out' });
  }

  readonly onSessionEnded = (): void => {
    const state = this.state.get();
    if (state.kind === 'in') this.state.set({ ...state, hasEnded: true });
    else this.state.set({ kind: 'out' });
  };

  readonly onPasswordChangeNeeded = (): void => {
    const state = this.state.get();
    if (state.kind === 'in') this.state.set({ kind: 'newcomer', name: state.member.account.username });
  };
}
