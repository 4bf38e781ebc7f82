import type { LastNumber, NumberedBy, ShipOutcome, ShippingPort } from './shipping/shipping-port.js';

/** How one request to the fake server goes. */
export type Fate = 'answered' | 'lost' | 'answer lost' | 'half stored';

/** A server with the producers' rule, whose connections fail as told. */
export class FakeProducerServer implements ShippingPort {
  readonly stored: unknown[] = [];
  readonly #lasts = new Map<string, number>();
  readonly #nextFate: () => Fate;
  /** What is refused for good. */
  refuses: (message: unknown) => boolean = () => false;

  constructor(nextFate: () => Fate = () => 'answered') {
    this.#nextFate = nextFate;
  }

  /** Forgets all numbers, and keeps what is stored. */
  forget(): void {
    this.#lasts.clear();
  }

  send(items: readonly string[], { producer, first }: NumberedBy): Promise<ShipOutcome> {
    const fate = this.#nextFate();
    if (fate === 'lost') return failed();
    const last = this.#lasts.get(producer) ?? 0;
    if (first > last + 1) return Promise.resolve({ kind: 'gap', expected: last + 1 });
    const count = fate === 'half stored' ? items.length >> 1 : items.length;
    for (const [index, item] of items.slice(0, count).entries()) {
      const { message } = JSON.parse(item) as { message: unknown };
      if (this.refuses(message))
        return fate === 'answered'
          ? Promise.resolve({ kind: 'refused', taken: index, reason: 'no' })
          : failed();
      if (first + index <= last) continue;
      this.stored.push(message);
      this.#lasts.set(producer, first + index);
    }
    return fate === 'answered' ? Promise.resolve({ kind: 'stored' }) : failed();
  }

  lastNumber(producer: string): Promise<LastNumber> {
    if (this.#nextFate() !== 'answered')
      return Promise.resolve({ kind: 'failed', error: new Error('no answer') });
    return Promise.resolve({ kind: 'known', last: this.#lasts.get(producer) ?? 0 });
  }
}

function failed(): Promise<ShipOutcome> {
  return Promise.resolve({ kind: 'failed', error: new Error('no answer') });
}
