import { networkOf } from '../net/network-of.js';

/** Counts open connections, all and by network, so that none of them can take all there are. */
export class ConnectionLimits {
  readonly most: number;
  readonly #mostOfOne: number;
  readonly #byNetwork = new Map<string, number>();
  #open = 0;

  /**
   * @param most - open connections in all
   * @param mostOfOne - of one IPv4 address or one IPv6 /64
   */
  constructor(most: number, mostOfOne: number) {
    this.most = most;
    this.#mostOfOne = mostOfOne;
  }

  /** How many are open. */
  get open(): number {
    return this.#open;
  }

  /** Lets a connection in; answers what is to be called once when it is gone, or undefined where it is one too many. */
  admit(address: string): (() => void) | undefined {
    const network = networkOf(address);
    const known = this.#byNetwork.get(network) ?? 0;
    if (this.#open >= this.most || known >= this.#mostOfOne) return undefined;
    this.#open += 1;
    this.#byNetwork.set(network, known + 1);
    return () => {
      this.#leave(network);
    };
  }

  #leave(network: string): void {
    this.#open -= 1;
    const left = (this.#byNetwork.get(network) ?? 0) - 1;
    if (left > 0) this.#byNetwork.set(network, left);
    else this.#byNetwork.delete(network);
  }
}
