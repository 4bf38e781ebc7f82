import axios, { AxiosError, type AxiosInstance } from 'axios';
import { IDEMPOTENCY_HEADER } from '../../../protocol/idempotency.js';
import { refusalOf, toGatherError, type FailureContext } from '../requests/request-failure.js';
import type { PlainAnswer, PlainRequest, RequestPort } from '../request-port.js';
import { randomUuid } from './random-uuid.js';
import { SilenceTimer } from './silence-timer.js';

export interface BrowserRequestsOptions {
  /** The origin of the page, which is the server's. */
  readonly server: string;
  /** How long nothing may come or go before a request counts as unanswered, in milliseconds; a long answer may take longer. */
  readonly answerTimeoutMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * A page's way to the server that it came from. Nothing is sent again here: a browser does not tell a request that was certainly
 * not taken from one that may have been. But the browser itself sends one again whose connection, used before, closes without an
 * answer, a POST too. So each POST has a key of its own, by which the server carries it out once.
 */
export class BrowserRequests implements RequestPort {
  readonly server: string;
  readonly #now: () => number;
  readonly #answerTimeoutMs: number;
  readonly #requests: AxiosInstance;
  readonly #closing = new AbortController();

  constructor({ server, answerTimeoutMs, now }: BrowserRequestsOptions) {
    this.server = server;
    this.#now = now;
    this.#answerTimeoutMs = answerTimeoutMs;
    this.#requests = axios.create({
      // What browsers have.
      adapter: ['xhr', 'fetch'],
      baseURL: server,
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
    const silence = new SilenceTimer(this.#answerTimeoutMs);
    try {
      const answer = await this.#requests.request<string>({
        ...{ method, url: path, data: body },
        headers: method === 'post' ? { ...headers, [IDEMPOTENCY_HEADER]: randomUuid() } : headers,
        signal: AbortSignal.any([this.#closing.signal, silence.signal]),
        onUploadProgress: silence.heard,
        onDownloadProgress: silence.heard,
      });
      if (answer.status < 200 || answer.status >= 300) throw refusalOf(answer, failures);
      return { headers: answer.headers, text: answer.data };
    } catch (error) {
      throw toGatherError(silence.signal.aborted ? timedOut(error) : error, failures);
    } finally {
      silence.end();
    }
  }

  [Symbol.dispose](): void {
    this.#closing.abort();
  }
}

function timedOut(cause: unknown): AxiosError {
  return Object.assign(new AxiosError('nothing came for too long', 'ETIMEDOUT'), { cause });
}
