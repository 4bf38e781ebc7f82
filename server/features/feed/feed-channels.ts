import { FeedChannel, type FeedFilter } from './feed-channel.js';
import type { FeedWire } from './feed-wire.js';

interface Used {
  readonly key: string;
  readonly ofWire: Map<string, Used>;
  readonly channel: FeedChannel;
  users: number;
}

/** The channels that are in use, one for each wire and filter. */
export class FeedChannels {
  readonly #wires = new WeakMap<FeedWire, Map<string, Used>>();
  readonly #used = new Map<FeedChannel, Used>();

  /** The channel of a wire and a filter, for one more who uses it until {@link leave}. */
  enter(wire: FeedWire, filter: FeedFilter): FeedChannel {
    const { user, topic, contains, presence } = filter;
    const key = JSON.stringify([user ?? null, topic ?? null, contains ?? null, presence]);
    const ofWire = this.#wires.get(wire) ?? new Map<string, Used>();
    this.#wires.set(wire, ofWire);
    const used = ofWire.get(key) ?? { key, ofWire, channel: new FeedChannel(wire, filter), users: 0 };
    used.users += 1;
    ofWire.set(key, used);
    this.#used.set(used.channel, used);
    return used.channel;
  }

  /** Takes note that one less uses a channel. */
  leave(channel: FeedChannel): void {
    const used = this.#used.get(channel);
    if (used === undefined) return;
    used.users -= 1;
    if (used.users > 0) return;
    used.ofWire.delete(used.key);
    this.#used.delete(channel);
  }
}
