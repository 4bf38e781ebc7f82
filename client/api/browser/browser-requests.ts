import axios, { type AxiosInstance } from 'axios';
import { refusalOf, toGatherError, type FailureContext } from '../request-failure.js';
import type { PlainAnswer, PlainRequest, RequestPort } from '../request-port.js';

export interface BrowserRequestsOptions {
  /** The origin of the page, which is the server's. */
  readonly server: string;
  /** How long a request may take in all before it counts as unanswered, in milliseconds. */
  readonly answerTimeoutMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * A page's way to the server that it came from. Nothing is sent again: a browser does not tell a request that was certainly
 * not taken from one that may have been.
 */
export class BrowserRequests implements RequestPort {
  readonly server: string;
  readonly #now: () => number;
  readonly #requests: AxiosInstance;
  readonly #closing = new AbortController();

  constructor({ server, answerTimeoutMs, now }: BrowserRequestsOptions) {
    this.server = server;
    this.#now = now;
    this.#requests = axios.create({
      // What browsers have.
      adapter: ['xhr', 'fetch'],
      baseURL: server,
      timeout: answerTimeoutMs,
      responseType: 'text',
      validateStatus: () => true,
      transformRequest: [(data: unknown) => data],
      transformResponse: [(data: unknown) => data],
      headers: { common: { Accept: 'application/json' } },
    });
  }

  async request({ method, path, headers, body, isRepeatable }: PlainRequest): Promise<PlainAnswer> {
    const failures: FailureContext = {
      server: this.server,
      hasFailedToConnect: () => false,
      now: this.#now,
      isRepeatable,
      newerPath: path.replace(/\?.*$/, ''),
    };
    try {
      const signal = this.#closing.signal;
      const answer = await this.#requests.request<string>({ method, url: path, headers, data: body, signal });
      if (answer.status < 200 || answer.status >= 300) throw refusalOf(answer, failures);
      return { headers: answer.headers, text: answer.data };
    } catch (error) {
      throw toGatherError(error, failures);
    }
  }

  [Symbol.dispose](): void {
    this.#closing.abort();
  }
}
