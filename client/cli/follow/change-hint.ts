import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';
import { Bell } from '../pipe/bell.js';

/**
 * Wakes whoever waits when something may have changed. It is only a hint: network file systems give none, so nothing may
 * depend on it.
 */
export class ChangeHint implements Disposable {
  readonly #watchers: FSWatcher[] = [];
  readonly #bell = new Bell();
  #changes = 0;

  /** Watches the directories of some files, where that works. */
  constructor(paths: readonly string[]) {
    for (const directory of new Set(paths.map((path) => dirname(path)))) this.#watch(directory);
  }

  /**
   * Makes a way to wait, for whoever waits again and again: it resolves at the next change, one since its last wait included,
   * when it is stopped, or after a time.
   */
  waiter(stop: AbortSignal): (ms: number) => Promise<void> {
    let seen = this.#changes;
    stop.addEventListener('abort', () => {
      this.#bell.ring();
    });
    return async (ms) => {
      if (seen === this.#changes && !stop.aborted) await this.#bell.wait(ms);
      seen = this.#changes;
    };
  }

  [Symbol.dispose](): void {
    for (const watcher of this.#watchers) watcher.close();
  }

  #watch(directory: string): void {
    try {
      const watcher = watch(directory, { persistent: false }, () => {
        this.#changes += 1;
        this.#bell.ring();
      });
      watcher.on('error', () => {
        watcher.close();
      });
      this.#watchers.push(watcher);
    } catch {
      // Looking again after a time is enough.
    }
  }
}
