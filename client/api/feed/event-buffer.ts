/** Where what comes is stopped and let go on. */
export interface Valve {
  pause(): void;
  resume(): void;
}

/**
 * What has come and is not yet taken. Closes the valve where that becomes too much, and opens it when all is taken, so it
 * holds little more than its limits.
 */
export class EventBuffer<Event> {
  readonly #valve: Valve;
  readonly #maxEvents: number;
  readonly #maxCharacters: number;
  #events: Event[] = [];
  #characters = 0;
  #isPaused = false;
  #ending: { readonly error: Error | undefined } | undefined;
  #wake: (() => void) | undefined;

  constructor(valve: Valve, limits: { readonly events: number; readonly characters: number }) {
    this.#valve = valve;
    [this.#maxEvents, this.#maxCharacters] = [limits.events, limits.characters];
  }

  /** Whether the valve is closed. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Puts one in. @param characters - how long its text was */
  put(event: Event, characters: number): void {
    if (this.#ending !== undefined) return;
    this.#events.push(event);
    this.#characters += characters;
    const isFull = this.#events.length >= this.#maxEvents || this.#characters >= this.#maxCharacters;
    if (isFull && !this.#isPaused) {
      this.#isPaused = true;
      this.#valve.pause();
    }
    this.#wake?.();
  }

  /** Nothing more comes. @param error - what {@link take} rejects with once all is taken; undefined for an end without one */
  end(error?: Error): void {
    this.#ending ??= { error };
    this.#wake?.();
  }

  /** All that is here, as soon as there is something; undefined at the end. */
  async take(): Promise<readonly Event[] | undefined> {
    while (this.#events.length === 0) {
      if (this.#ending?.error !== undefined) throw this.#ending.error;
      if (this.#ending !== undefined) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const taken = this.#events;
    [this.#events, this.#characters] = [[], 0];
    if (this.#isPaused) {
      this.#isPaused = false;
      this.#valve.resume();
    }
    return taken;
  }
}
