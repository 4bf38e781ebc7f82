import { setTimeout as sleep } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import axios, { AxiosError, type AxiosInstance, type AxiosRequestConfig, type AxiosResponse } from 'axios';
import axiosRetry, { type IAxiosRetryConfig } from 'axios-retry';
import type { GatherAnswer } from '../../../protocol/gather-messages.js';
import { ConnectionAgents } from './connection-agents.js';
import type { GatherError } from '../gather-error.js';
import { MAX_ANSWER_BYTES, requestDefaults } from './request-defaults.js';
import type { PlainAnswer, PlainRequest, RequestPort } from '../request-port.js';
import { canTryAgain, refusalOf, toGatherError, type FailureContext } from './request-failure.js';
import { delayBeforeRetry, type RetryPolicy } from '../retry-policy.js';
import { type AnswerParts, answerIn, isSuccess } from './server-answer.js';
import { explainedByTls } from '../tls/plain-to-tls.js';
import type { ServerTls } from '../tls/server-tls.js';

/** Why a request waits, for a notice to whoever waits with it. */
export interface RetryNotice {
  readonly error: GatherError;
  /** Milliseconds until the next try. */
  readonly delayMs: number;
}

export interface RequestSenderOptions {
  /** The base URL, as `parseServerAddress` makes it. */
  readonly server: string;
  /** What the server is trusted by, where it speaks TLS; without it, by what Node trusts. */
  readonly tls?: ServerTls | undefined;
  readonly userAgent: string;
  readonly connectTimeoutMs: number;
  /** How long a request may take in all before it counts as unanswered, in milliseconds. */
  readonly answerTimeoutMs: number;
  readonly retry: RetryPolicy;
  /** Ends a pause between two tries; a request that is under way is let finish. */
  readonly stop?: AbortSignal | undefined;
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A number from 0 up to 1. */
  readonly random: () => number;
}

/** An answer whose body is still to be read. */
export interface StreamedAnswer {
  readonly status: number;
  readonly headers: AnswerParts['headers'];
  readonly body: Readable;
}

/** Sends requests to one server, again only where the server has certainly not taken them. */
export class RequestSender implements RequestPort {
  readonly #options: RequestSenderOptions;
  readonly #agents: ConnectionAgents;
  readonly #failures: FailureContext;
  readonly #asking: AxiosInstance;
  readonly #posting: AxiosInstance;
  readonly #plain: AxiosInstance;
  #hasAnswered = false;

  constructor(options: RequestSenderOptions) {
    const agents = new ConnectionAgents(options);
    this.#options = options;
    this.#agents = agents;
    this.#failures = {
      server: options.server,
      hasFailedToConnect: (error) => agents.hasFailedToConnect(error),
      now: options.now,
    };
    this.#asking = this.#listening(axios.create(requestDefaults(options, agents)));
    this.#posting = this.#listening(axios.create(requestDefaults(options, agents)));
    this.#posting.interceptors.response.use(refuseUnlessSuccess);
    // After the line above: the refusals that it throws are what may be tried again.
    axiosRetry(this.#posting);
    this.#plain = this.#listening(axios.create(requestDefaults(options, agents)));
    this.#plain.interceptors.response.use((response) => {
      if (response.status >= 200 && response.status < 300) return response;
      throw new AxiosError('refused', undefined, response.config, response.request, response);
    });
    axiosRetry(this.#plain);
  }

  get server(): string {
    return this.#options.server;
  }

  /** How long a request may take in all, in milliseconds. */
  get answerTimeoutMs(): number {
    return this.#options.answerTimeoutMs;
  }

  /** What failures are judged by, for whoever reads an answer to its end himself. */
  get failures(): FailureContext {
    return this.#failures;
  }

  /**
   * Posts one message of contract 1 and gives back its answer.
   *
   * @throws GatherError where the answer is a refusal, or none came.
   */
  async post(path: string, body: Readonly<Record<string, unknown>>): Promise<GatherAnswer> {
    try {
      const bytes = Buffer.from(JSON.stringify(body));
      const retry = { 'axios-retry': this.#retrying(this.#failures) };
      return (await this.#posting.post<GatherAnswer>(path, bytes, retry)).data;
    } catch (error) {
      throw await this.#explained(error, this.#failures);
    }
  }

  /**
   * Asks once, and never again.
   *
   * @param isRefusal whether a status is one that is thrown
   * @returns the HTTP status of the answer.
   * @throws GatherError where no answer came, or a refusal.
   */
  async get(path: string, isRefusal: (status: number) => boolean): Promise<number> {
    try {
      const response = await this.#asking.get<string>(path);
      if (isRefusal(response.status)) throw refusalOf(response, this.#failures);
      return response.status;
    } catch (error) {
      throw await this.#explained(error, this.#failures);
    }
  }

  async request(request: PlainRequest): Promise<PlainAnswer> {
    const failures = {
      ...this.#failures,
      isRepeatable: request.isRepeatable,
      newerPath: request.path.replace(/\?.*$/, ''),
    };
    const config: AxiosRequestConfig<Uint8Array> = {
      method: request.method,
      url: request.path,
      headers: request.headers,
      maxContentLength: request.maxAnswerBytes ?? MAX_ANSWER_BYTES,
      'axios-retry': this.#retrying(failures),
    };
    // Of bytes, axios takes nothing but a Buffer.
    if (request.body !== undefined) config.data = asBuffer(request.body);
    try {
      const { headers, data } = await this.#plain.request<string>(config);
      return { headers, text: data };
    } catch (error) {
      throw await this.#explained(error, failures);
    }
  }

  /**
   * Posts a body while it is still being made, once. Resolves with any answer as soon as it begins, which may be before
   * the body's end; nothing but `signal` limits how long either may take.
   *
   * @throws what axios throws where no answer came: `toGatherError` judges it.
   */
  async stream(
    path: string,
    headers: Readonly<Record<string, string>>,
    body: Readable,
    signal: AbortSignal,
  ): Promise<StreamedAnswer> {
    const response = await this.#asking.post<Readable>(path, body, {
      headers,
      signal,
      responseType: 'stream',
      timeout: 0,
      maxContentLength: -1,
    });
    return { status: response.status, headers: response.headers, body: response.data };
  }

  [Symbol.dispose](): void {
    this.#agents.close();
  }

  #listening(requests: AxiosInstance): AxiosInstance {
    requests.interceptors.response.use((response) => {
      this.#hasAnswered = true;
      return response;
    });
    return requests;
  }

  // A server that has answered speaks as it is spoken to.
  async #explained(thrown: unknown, failures: FailureContext): Promise<GatherError> {
    const error = toGatherError(thrown, failures);
    if (this.#hasAnswered) return error;
    return explainedByTls(error, this.#options.server, this.#options.connectTimeoutMs);
  }

  // One of these for each request: the budget begins with its first try.
  #retrying(failures: FailureContext): IAxiosRetryConfig {
    const { retry, now, random, stop, onRetry } = this.#options;
    const startedAt = now();
    let tries = 0;
    let delayMs: number | undefined;
    return {
      retries: Number.POSITIVE_INFINITY,
      shouldResetTimeout: true,
      retryDelay: () => 0,
      retryCondition: async (failure) => {
        const error = await this.#explained(failure, failures);
        tries += 1;
        const { retryAfterSeconds } = error;
        const failed = { tries, elapsedMs: now() - startedAt, retryAfterSeconds, random: random() };
        delayMs = canTryAgain(error, failures) ? delayBeforeRetry(retry, failed) : undefined;
        return delayMs !== undefined && stop?.aborted !== true;
      },
      // The pause is made here and not by `retryDelay`, because this one can be ended without ending the request.
      onRetry: async (_count, failure) => {
        onRetry?.({ error: toGatherError(failure, failures), delayMs: delayMs ?? 0 });
        await pause(delayMs ?? 0, stop, failure);
      },
    };
  }
}

function refuseUnlessSuccess(response: AxiosResponse<unknown>): AxiosResponse<unknown> {
  const answer = answerIn(response);
  if (isSuccess(answer)) return { ...response, data: answer };
  throw new AxiosError('refused', undefined, response.config, response.request, response);
}

// The same memory: bodies may be large.
function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

async function pause(delayMs: number, stop: AbortSignal | undefined, failure: AxiosError): Promise<void> {
  try {
    await sleep(delayMs, undefined, stop === undefined ? {} : { signal: stop });
  } catch {
    throw failure;
  }
}
