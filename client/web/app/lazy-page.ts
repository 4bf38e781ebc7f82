import type { ComponentType } from 'react';
import { Store } from '../server/store.js';

/** How far a page's script is. */
export type LazyState =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'loaded'; readonly content: ComponentType };

/** A page whose script comes when it is needed. What did not come can be asked for again, unlike with React's own `lazy`. */
export class LazyPage {
  readonly state = new Store<LazyState>({ kind: 'waiting' });
  readonly #load: () => Promise<ComponentType>;
  #loading: Promise<void> | undefined;

  constructor(load: () => Promise<ComponentType>) {
    this.#load = load;
  }

  /** Has it loaded, if it is not; where it does not come, `state` tells. */
  load(): Promise<void> {
    if (this.state.get().kind === 'loaded') return Promise.resolve();
    this.#loading ??= this.#try().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #try(): Promise<void> {
    this.state.set({ kind: 'loading' });
    try {
      this.state.set({ kind: 'loaded', content: await this.#load() });
    } catch (error) {
      this.state.set({ kind: 'failed', error });
    }
  }
}
