import type { AccountView } from '../../../protocol/accounts.js';
import type { Permission } from '../../../protocol/permissions.js';
import { BROWSER_SESSION } from '../../api/credential.js';
import { GatherError } from '../../api/gather-error.js';
import { isTokenRefused } from '../../api/token-refused.js';
import type { Server } from '../server/server.js';
import { Store } from '../server/store.js';

/** Somebody who has logged in. */
export interface Member {
  readonly account: AccountView;
  /** What this session may do. */
  readonly permissions: readonly Permission[];
}

/** Somebody who has logged in, and the page that is theirs. */
export interface MemberState {
  readonly kind: 'in';
  readonly member: Member;
  /** The session is good no more, or for nothing yet: the page stays until its user has logged in again. */
  readonly hasEnded: boolean;
  /** They have logged in again with a password that was made for one login. */
  readonly needsPassword: boolean;
}

/** Who is there. */
export type SessionState =
  /** Not known yet. */
  | { readonly kind: 'unknown' }
  /** Nobody. `word`: what is to be said to whoever has left on purpose. */
  | { readonly kind: 'out'; readonly word?: string | undefined }
  /** Somebody with a password that was made for one login. */
  | { readonly kind: 'newcomer'; readonly name: string }
  | MemberState;

/** What a store of sessions needs. */
export interface SessionStoreOptions {
  /** What to ask; a function, since the server's port tells the store of its answers. */
  readonly server: () => Pick<Server, 'accounts' | 'console'>;
  /** Tells the other tabs, which share the cookie, that somebody else may be there. */
  readonly tellOthers: () => void;
}

const LOOK_EVERY_MS = 1_000;

/** Who is logged in to this browser. */
export class SessionStore {
  readonly state = new Store<SessionState>({ kind: 'unknown' });
  readonly #options: SessionStoreOptions;
  /** Counts the times that was asked who is there: the last one is right, whatever order the answers come in. */
  #askings = 0;
  /** How many of them have no answer yet. */
  #unanswered = 0;
  #mayLookAt = Number.NEGATIVE_INFINITY;

  constructor(options: SessionStoreOptions) {
    this.#options = options;
  }

  /** Finds out who is there. @throws GatherError where the server does not say */
  async load(): Promise<void> {
    await this.#ask();
  }

  /** Logs in. @throws GatherError */
  async logIn(nameOrEmail: string, password: string): Promise<void> {
    await this.#server.console.logIn(nameOrEmail, password);
    const refusal = await this.#ask();
    if (refusal !== undefined) throw cookieLost(refusal);
    this.#options.tellOthers();
  }

  /** Logs out. @throws GatherError where the session may still be good */
  async logOut(): Promise<void> {
    try {
      await this.#server.accounts.logout(BROWSER_SESSION);
    } catch (error) {
      if (!isTokenRefused(error)) throw error;
    }
    this.leave('You are logged out.');
    this.#options.tellOthers();
  }

  /** Changes the password that was made for one login. @throws GatherError */
  async choosePassword(current: string, next: string): Promise<void> {
    await this.#server.accounts.changePassword(BROWSER_SESSION, current, next);
    await this.load();
    this.#options.tellOthers();
  }

  /** Deletes the account of who is logged in. @throws GatherError */
  async deleteAccount(password: string, word: string): Promise<void> {
    await this.#server.accounts.deleteAccount(BROWSER_SESSION, password);
    this.leave(word);
    this.#options.tellOthers();
  }

  /** Gives the page up for somebody else. @throws GatherError where its session may still be good */
  async makeWay(): Promise<void> {
    const state = this.state.get();
    // Whoever has to change a password is logged in, and would be here again as soon as anybody asks.
    if (state.kind === 'in' && state.needsPassword) await this.logOut();
    else this.leave();
  }

  /** The session is over, and so is its page. @param word - what is to be said about that */
  leave(word?: string): void {
    this.#askings += 1;
    this.state.set({ kind: 'out', word });
  }

  /** Who is logged in has changed their own account: the page stays, whatever their name is now. */
  changed(account: AccountView): void {
    const state = this.state.get();
    if (state.kind !== 'in') return;
    this.state.set({ ...state, member: { ...state.member, account } });
    // What is on its way may have been said before the change.
    if (this.#unanswered > 0) void this.load().catch(() => undefined);
  }

  readonly onSessionEnded = (): void => {
    const state = this.state.get();
    if (state.kind === 'out' || (state.kind === 'in' && state.hasEnded)) return;
    if (state.kind !== 'in') {
      this.state.set({ kind: 'out' });
      return;
    }
    this.state.set({ ...state, hasEnded: true });
    // It may have been the one before: another tab has logged in meanwhile, or this one.
    void this.load().catch(() => undefined);
  };

  readonly onPasswordChangeNeeded = (): void => {
    const state = this.state.get();
    if (state.kind === 'in') this.state.set({ ...state, hasEnded: true, needsPassword: true });
  };

  /** Something was refused that this page has thought permitted: what is permitted is asked for anew, once a second at most. */
  readonly onPermissionMissing = (): void => {
    const now = performance.now();
    if (this.state.get().kind !== 'in' || now < this.#mayLookAt) return;
    this.#mayLookAt = now + LOOK_EVERY_MS;
    void this.load().catch(() => undefined);
  };

  get #server(): Pick<Server, 'accounts' | 'console'> {
    return this.#options.server();
  }

  // Answers why nobody is there; undefined where somebody is.
  async #ask(): Promise<GatherError | undefined> {
    const asking = (this.#askings += 1);
    this.#unanswered += 1;
    try {
      const account = await this.#server.accounts.account(BROWSER_SESSION);
      const permissions = account.must_change_password ? [] : await this.#permissions();
      if (asking === this.#askings) this.#enter({ account, permissions });
      return undefined;
    } catch (error) {
      if (!isTokenRefused(error)) throw error;
      if (asking === this.#askings) this.onSessionEnded();
      return error;
    } finally {
      this.#unanswered -= 1;
    }
  }

  async #permissions(): Promise<readonly Permission[]> {
    return (await this.#server.accounts.permissions(BROWSER_SESSION)).mine;
  }

  #enter(member: Member): void {
    const { account } = member;
    const before = this.state.get();
    const isSame = before.kind === 'in' && before.member.account.id === account.id;
    if (account.must_change_password) {
      this.state.set(
        isSame
          ? { ...before, hasEnded: true, needsPassword: true }
          : { kind: 'newcomer', name: account.username },
      );
      return;
    }
    if (isSame && !before.hasEnded && areEqual(before.member, member)) return;
    this.state.set({ kind: 'in', member, hasEnded: false, needsPassword: false });
  }
}

function cookieLost(refusal: GatherError): GatherError {
  const text =
    'You were logged in, but your browser did not keep the cookie that the session is in. Allow cookies for this page, then log in again.';
  return new GatherError('not_permitted', text, { status: refusal.status, cause: refusal });
}

function areEqual(one: Member, other: Member): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
