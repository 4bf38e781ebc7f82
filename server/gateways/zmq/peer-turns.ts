type Work = () => Promise<void>;

/**
 * Serves each peer one request after the other, in order, so that one that sends many at once gets no more of the server than one that
 * waits for its answers. What waits is bounded, for a peer and in all.
 */
export class PeerTurns {
  readonly #mostOfPeer: number;
  readonly #most: number;
  readonly #waiting = new Map<string, Work[]>();
  readonly #serving = new Set<Promise<void>>();
  #count = 0;

  /**
   * @param mostOfPeer - requests of one peer that wait while one is served
   * @param most - requests of all peers that wait or are served
   */
  constructor(mostOfPeer: number, most: number) {
    this.#mostOfPeer = mostOfPeer;
    this.#most = most;
  }

  /** How many wait or are served. */
  get count(): number {
    return this.#count;
  }

  /** Does some work when it is the peer's turn; answers false where too much waits. @param work - does not reject */
  add(peer: string, work: Work): boolean {
    const waiting = this.#waiting.get(peer);
    if (this.#count >= this.#most || (waiting?.length ?? 0) >= this.#mostOfPeer) return false;
    this.#count += 1;
    if (waiting === undefined) this.#begin(peer, work);
    else waiting.push(work);
    return true;
  }

  /** Resolves when all that was added is done. */
  async drained(): Promise<void> {
    while (this.#serving.size > 0) await Promise.all(this.#serving);
  }

  #begin(peer: string, first: Work): void {
    const waiting: Work[] = [];
    this.#waiting.set(peer, waiting);
    const serving = this.#serve(waiting, first).finally(() => {
      this.#waiting.delete(peer);
      this.#serving.delete(serving);
    });
    this.#serving.add(serving);
  }

  async #serve(waiting: Work[], first: Work): Promise<void> {
    for (let next: Work | undefined = first; next !== undefined; next = waiting.shift()) {
      try {
        await next();
      } finally {
        this.#count -= 1;
      }
    }
  }
}
