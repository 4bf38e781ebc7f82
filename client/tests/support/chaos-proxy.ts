import { connect, type Socket } from 'node:net';
import { type Relay, startRelay } from './relay.js';

export interface ChaosOptions {
  /** The port of this machine that it leads to. */
  readonly port: number;
  /** How many connections are cut off in their middle; those after them live. */
  readonly cuts: number;
  /** The same seed makes the same cuts. */
  readonly seed: number;
}

/** A way to a server that cuts connections at any byte, loses answers and delays what passes. */
export interface ChaosProxy extends Relay {
  /** How many connections it has cut off. */
  readonly cuts: number;
  /** Leads to another port from the next connection on. */
  leadTo(port: number): void;
}

const LONGEST_LIFE_BYTES = 300_000;

/** Starts one on a free port. Dispose of it to close it with its connections. */
export async function startChaosProxy({ port, cuts, seed }: ChaosOptions): Promise<ChaosProxy> {
  const random = randomFrom(seed);
  let target = port;
  let left = cuts;
  const relay = await startRelay((client) => {
    const upstream = connect(target, '127.0.0.1');
    const cut = (): void => {
      if (!client.destroyed && left > 0) left -= 1;
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    };
    const isDoomed = left > 0 && random() < 0.8;
    const losesAnswers = isDoomed && random() < 0.3;
    // The answers are short: a cut in one of them is a cut behind few bytes.
    pass(client, upstream, isDoomed ? random() * LONGEST_LIFE_BYTES : Number.POSITIVE_INFINITY, cut, random);
    pass(
      upstream,
      client,
      isDoomed && random() < 0.5 ? random() * 2_000 : Number.POSITIVE_INFINITY,
      cut,
      random,
      {
        isLost: losesAnswers,
      },
    );
    return upstream;
  });
  return {
    url: relay.url,
    get cuts() {
      return cuts - left;
    },
    leadTo: (next) => {
      target = next;
    },
    [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose](),
  };
}

// Passes bytes on, some of them later, and cuts behind so many: what comes with the last one may pass in part.
function pass(
  from: Socket,
  to: Socket,
  life: number,
  cut: () => void,
  random: () => number,
  { isLost = false }: { isLost?: boolean } = {},
): void {
  let passed = 0;
  from.on('data', (bytes: Buffer) => {
    const rest = Math.floor(life) - passed;
    passed += bytes.length;
    if (bytes.length > rest) {
      if (!isLost) to.write(bytes.subarray(0, Math.max(0, rest)));
      setImmediate(cut);
      from.pause();
      return;
    }
    if (isLost) return;
    if (!to.write(bytes) || random() < 0.02) {
      from.pause();
      setTimeout(() => from.resume(), random() * 20);
    }
  });
  from.on('end', () => to.end());
}

// Mulberry32: small, and the same everywhere.
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
