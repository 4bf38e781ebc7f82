import { Pace } from './pace.js';

/** A pace for as long as it is needed. Disposing of it twice is disposing of it once. */
export interface HeldPace extends Disposable {
  readonly pace: Pace;
}

interface Shared {
  readonly pace: Pace;
  holders: number;
}

/**
 * One pace for all that somebody does at once, by as many ways as may be. It is kept until nobody holds it and it has rested:
 * going and coming again makes nobody faster.
 */
export class Paces {
  readonly #perSecond: number;
  readonly #shared = new Map<string, Shared>();

  /** @param perSecond - 0 is off */
  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** How many are kept. */
  get size(): number {
    return this.#shared.size;
  }

  /** The pace of somebody. @param key - undefined: one that is nobody else's */
  of(key: string | undefined): HeldPace {
    if (key === undefined) return { pace: new Pace(this.#perSecond), [Symbol.dispose]: () => undefined };
    const shared = this.#shared.get(key) ?? { pace: new Pace(this.#perSecond), holders: 0 };
    this.#shared.set(key, shared);
    shared.holders += 1;
    let isHeld = true;
    return {
      pace: shared.pace,
      [Symbol.dispose]: () => {
        if (!isHeld) return;
        isHeld = false;
        shared.holders -= 1;
        this.#forget(key, shared);
      },
    };
  }

  #forget(key: string, shared: Shared): void {
    const { holders, pace } = shared;
    if (holders > 0 || this.#shared.get(key) !== shared) return;
    if (pace.restMs === 0) this.#shared.delete(key);
    else
      setTimeout(() => {
        this.#forget(key, shared);
      }, pace.restMs).unref();
  }
}
