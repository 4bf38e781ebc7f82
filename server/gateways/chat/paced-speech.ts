import type { Pace } from '../../net/pace.js';

/** How many messages of one connection may be on their way to the dump. */
const MOST_UNDER_WAY = 64;

/** From whom no more is read for a while. */
export interface PausableSource {
  pause(): unknown;
  resume(): unknown;
}

/**
 * Says what one client sends, in order: no faster than it may, and no more at once. Meanwhile nothing is read from it, so that
 * it is slowed down and nothing of it piles up here.
 */
export class PacedSpeech<Text> {
  readonly #source: PausableSource;
  readonly #pace: Pace;
  readonly #say: (text: Text) => Promise<void>;
  /** What has been read and not said. */
  #pending: Iterator<Text>[] = [];
  #underWay = 0;
  #wait: NodeJS.Timeout | undefined;
  #isStopped = false;
  #onFinished: (() => void) | undefined;

  /** @param say - says one, and resolves when that is done with, whatever came of it; never rejects */
  constructor(source: PausableSource, pace: Pace, say: (text: Text) => Promise<void>) {
    this.#source = source;
    this.#pace = pace;
    this.#say = say;
    this.#hold(pace.waitMs);
  }

  /** Whether nothing is read for a while. */
  get isHeldUp(): boolean {
    return !this.#canSay();
  }

  /** Takes what has been read. It is looked at when its turn comes. */
  take(texts: Iterable<Text>): void {
    this.#pending.push(texts[Symbol.iterator]());
    this.#goOn();
  }

  /** Resolves when everything has been said, or given up. */
  async finish(): Promise<void> {
    if (!this.#isBusy) return;
    await new Promise<void>((resolve) => (this.#onFinished = resolve));
  }

  /** Gives up what waits; what is on its way goes on. */
  stop(): void {
    this.#isStopped = true;
    this.#pending = [];
    clearTimeout(this.#wait);
    this.#goOn();
  }

  #goOn(): void {
    while (this.#canSay()) {
      const next = this.#pending[0]?.next();
      if (next === undefined) break;
      if (next.done === true) this.#pending.shift();
      else this.#begin(next.value);
    }
    if (!this.#isBusy) this.#onFinished?.();
    if (this.#isStopped) return;
    if (this.#canSay()) this.#source.resume();
    else this.#source.pause();
  }

  /** Whether something waits or is on its way. */
  get #isBusy(): boolean {
    return this.#pending.length > 0 || this.#underWay > 0;
  }

  #canSay(): boolean {
    return !this.#isStopped && this.#wait === undefined && this.#underWay < MOST_UNDER_WAY;
  }

  #begin(text: Text): void {
    this.#underWay += 1;
    void this.#say(text).finally(() => {
      this.#underWay -= 1;
      this.#goOn();
    });
    this.#hold(this.#pace.take());
  }

  #hold(waitMs: number): void {
    if (waitMs === 0) return;
    this.#wait = setTimeout(() => {
      this.#wait = undefined;
      this.#goOn();
    }, waitMs);
  }
}
