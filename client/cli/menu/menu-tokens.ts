import { userNameKey } from '../../../protocol/user-name.js';
import type { ConfigStore, TokenOwner } from '../settings/config-store.js';

/**
 * The menu's tokens, one for each server and user: held here as long as the menu runs, and remembered for later. What
 * cannot be remembered is warned about, and the menu goes on.
 */
export class MenuTokens {
  readonly #held = new Map<string, string | undefined>();
  readonly #store: ConfigStore;
  readonly #warn: (error: unknown) => void;

  constructor(store: ConfigStore, warn: (error: unknown) => void) {
    this.#store = store;
    this.#warn = warn;
  }

  async find(owner: TokenOwner): Promise<string | undefined> {
    const key = keyOf(owner);
    if (this.#held.has(key)) return this.#held.get(key);
    return this.#store.loadToken(owner);
  }

  async keep(owner: TokenOwner, token: string): Promise<void> {
    this.#held.set(keyOf(owner), token);
    await this.#store.saveToken(owner, token).catch(this.#warn);
  }

  async forget(owner: TokenOwner): Promise<void> {
    this.#held.set(keyOf(owner), undefined);
    await this.#store.forgetToken(owner).catch(this.#warn);
  }
}

function keyOf({ server, user }: TokenOwner): string {
  return JSON.stringify([server, userNameKey(user)]);
}
