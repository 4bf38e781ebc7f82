import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Wakes whoever waits when something may have changed. It is only a hint: network file systems give none, so nothing may
 * depend on it.
 */
export class ChangeHint implements Disposable {
  readonly #watchers: FSWatcher[] = [];
  #hasChanged = false;
  #wake: () => void = () => undefined;

  /** Watches the directories of some files, where that works. */
  constructor(paths: readonly string[]) {
    for (const directory of new Set(paths.map((path) => dirname(path)))) this.#watch(directory);
  }

  /** Resolves at the next change, one since the last wait included, when it is stopped, or after a time. */
  async wait(ms: number, stop: AbortSignal): Promise<void> {
    if (!this.#hasChanged && !stop.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
        stop.addEventListener('abort', this.#wake, { once: true });
      });
      stop.removeEventListener('abort', this.#wake);
    }
    this.#hasChanged = false;
  }

  [Symbol.dispose](): void {
    for (const watcher of this.#watchers) watcher.close();
  }

  #watch(directory: string): void {
    try {
      const watcher = watch(directory, { persistent: false }, () => {
        this.#hasChanged = true;
        this.#wake();
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
