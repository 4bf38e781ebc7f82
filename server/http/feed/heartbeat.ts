/** Somebody at the other end of a connection. */
export interface Peer {
  /** When something was heard of it last, by the clock of the heartbeat. */
  heardAt: number;
  /** Whether nothing can be heard of it, since nothing is read. */
  readonly isUnheard: boolean;
  /** Asks for a sign of life. */
  ping(): void;
  /** It has given none. */
  drop(): void;
}

interface Times {
  readonly pingAfterMs: number;
  readonly goneAfterMs: number;
  /** A clock in milliseconds that never goes back. */
  readonly now: () => number;
}

const TIMES: Times = { pingAfterMs: 15_000, goneAfterMs: 45_000, now: () => performance.now() };
const LOOKS_PER_PING = 3;

/** Finds peers that are gone without a word: whoever is silent is asked, and dropped if that goes on. One timer for all of them. */
export class Heartbeat {
  readonly #times: Times;
  readonly #pinged = new Map<Peer, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(times: Times = TIMES) {
    this.#times = times;
  }

  /** The time by its clock. */
  now(): number {
    return this.#times.now();
  }

  /** Looks after a peer from now on. */
  add(peer: Peer): void {
    this.#pinged.set(peer, this.#times.now());
    this.#timer ??= setInterval(() => {
      this.#look();
    }, this.#times.pingAfterMs / LOOKS_PER_PING).unref();
  }

  /** Looks after it no longer. */
  remove(peer: Peer): void {
    this.#pinged.delete(peer);
    if (this.#pinged.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const { now, pingAfterMs, goneAfterMs } = this.#times;
    const time = now();
    for (const [peer, pingedAt] of this.#pinged) {
      if (peer.isUnheard) peer.heardAt = time;
      const silentMs = time - peer.heardAt;
      if (silentMs >= goneAfterMs) peer.drop();
      else if (Math.min(silentMs, time - pingedAt) >= pingAfterMs) {
        this.#pinged.set(peer, time);
        peer.ping();
      }
    }
  }
}
