import { connect } from 'node:net';
import { type Relay, startRelay } from './relay.js';

/** How a connection ends whose answer is lost. */
export type Ending = 'end' | 'reset';

/** A way to a server that loses the answer to a request it has passed on, and closes the connection instead. */
export interface LosingProxy extends Relay {
  /** How often the request that is lost, or was the last one, has passed. */
  readonly passed: number;
  /** Loses the answer of the next request of this head, `POST /v1/chat` for example, and counts those from now on. */
  loseNext(head: string, ending: Ending): void;
}

/** Starts one on a free port. Dispose of it to close it with its connections. */
export async function startLosingProxy(port: number): Promise<LosingProxy> {
  let wanted: { readonly head: string; readonly ending: Ending } | undefined;
  let passed = 0;
  const relay = await startRelay((client) => {
    const upstream = connect(port, '127.0.0.1');
    let losing: Ending | undefined;
    // A browser sends nothing behind a request before it has the answer.
    client.on('data', (bytes: Buffer) => {
      if (wanted !== undefined && bytes.toString('latin1').startsWith(`${wanted.head} `)) {
        passed += 1;
        if (passed === 1) losing = wanted.ending;
      }
      upstream.write(bytes);
    });
    upstream.on('data', (bytes: Buffer) => {
      if (losing === undefined) client.write(bytes);
      else if (losing === 'end') client.end();
      else client.resetAndDestroy();
    });
    return upstream;
  });
  return {
    url: relay.url,
    get passed() {
      return passed;
    },
    loseNext: (head, ending) => {
      wanted = { head, ending };
      passed = 0;
    },
    [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose](),
  };
}
