import { networkOf } from '../net/network-of.js';

/** Which limit is reached: that of all connections, or that of one address. */
export type ReachedLimit = 'all' | 'address';

/** Counts open connections, all and by network, so that none of them can take all there are. */
export class ConnectionLimits {
  readonly most: number;
  readonly mostOfAddress: number;
  readonly #byNetwork = new Map<string, number>();
  #open = 0;

  /**
   * @param most - open connections in all
   * @param mostOfAddress - of one IPv4 address or one IPv6 /64
   */
  constructor(most: number, mostOfAddress: number) {
    this.most = most;
    this.mostOfAddress = mostOfAddress;
  }

  /** How many are open. */
  get open(): number {
    return this.#open;
  }

  /** Lets a connection in; answers what is to be called once when it is gone, or which limit is reached where it is one too many. */
  admit(address: string): (() => void) | ReachedLimit {
    const network = networkOf(address);
    const known = this.#byNetwork.get(network) ?? 0;
    if (this.#open >= this.most) return 'all';
    if (known >= this.mostOfAddress) return 'address';
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
