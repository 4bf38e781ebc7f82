import { PassThrough, type Readable } from 'node:stream';
import { AxiosError } from 'axios';
import { answerLine, type StoredCounts } from './bulk-answers.js';
import { GatherError } from '../gather-error.js';
import {
  type FailureContext,
  problemError,
  refusalOf,
  strangeAnswer,
  toGatherError,
} from '../requests/request-failure.js';
import type { StreamedAnswer } from '../requests/request-sender.js';
import { linesOf, textOf } from './streamed-text.js';

export interface StreamOptions {
  /** Numbers the messages; the first of the stream has `first`. */
  readonly producer?: { readonly id: string; readonly first: number };
  /** Told about each acknowledgement, with the counts since the stream's beginning. */
  readonly onAcknowledged?: (counts: StoredCounts) => void;
}

/** One request whose lines are written while the server acknowledges them. */
export interface MessageStream extends Disposable {
  /**
   * Sends whole NDJSON lines. Resolves when there is room for more, and also where the stream is over: `finished` says
   * how it ended. Waits where the server is slow.
   */
  write(lines: Uint8Array): Promise<void>;
  /** There are no more lines: the server answers for all of them. */
  end(): void;
  /**
   * What became of all the lines. May settle before `end`, where the server refuses one. Rejects with a GatherError,
   * whose `problem` says what was stored before a refusal.
   */
  readonly finished: Promise<StoredCounts>;
  /** Breaks the connection off where the stream is not over. What has been written is in doubt then. */
  [Symbol.dispose](): void;
}

export interface HttpMessageStreamOptions extends StreamOptions {
  readonly send: (body: Readable, signal: AbortSignal) => Promise<StreamedAnswer>;
  readonly failures: FailureContext;
  /** How long the server may take no bytes, or not answer after the end, in milliseconds. */
  readonly answerTimeoutMs: number;
}

const WRITE_AHEAD_BYTES = 256 * 1024;

/** A stream over one HTTP request. */
export class HttpMessageStream implements MessageStream {
  readonly finished: Promise<StoredCounts>;
  readonly #options: HttpMessageStreamOptions;
  readonly #body = new PassThrough({ highWaterMark: WRITE_AHEAD_BYTES });
  readonly #abort = new AbortController();
  #deadline: NodeJS.Timeout | undefined;
  #hasEnded = false;
  #final: StoredCounts | undefined;

  constructor(options: HttpMessageStreamOptions) {
    this.#options = options;
    // What goes wrong with the body shows in the request.
    this.#body.on('error', () => undefined);
    this.finished = this.#run();
    // Whoever only writes need not look at how it ended.
    this.finished.catch(() => undefined);
  }

  async write(lines: Uint8Array): Promise<void> {
    if (this.#body.destroyed || this.#body.write(lines)) return;
    this.#expectProgress();
    await roomIn(this.#body);
    if (!this.#hasEnded) this.#expectNothing();
  }

  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#expectProgress();
    this.#body.end();
  }

  [Symbol.dispose](): void {
    this.#abort.abort();
  }

  async #run(): Promise<StoredCounts> {
    try {
      return await this.#exchange();
    } catch (error) {
      // A connection that breaks behind the last word takes nothing of it back.
      if (this.#final !== undefined) return this.#final;
      throw this.#judged(error);
    } finally {
      this.#hasEnded = true;
      this.#expectNothing();
      this.#body.destroy();
      this.#abort.abort();
    }
  }

  async #exchange(): Promise<StoredCounts> {
    const { send, failures } = this.#options;
    const answer = await send(this.#body, this.#abort.signal);
    if (answer.status < 200 || answer.status >= 300) {
      throw refusalOf({ ...answer, data: await textOf(answer.body) }, failures);
    }
    const isWhole = /^application\/json\b/i.test(String(answer.headers['content-type']));
    for await (const line of linesOf(answer.body)) this.#take(line, isWhole);
    if (this.#final === undefined) throw new Error('the answer broke off');
    return this.#final;
  }

  #take(line: string, isWhole: boolean): void {
    const told = answerLine(line);
    if (told === undefined) throw strangeAnswer(this.#options.failures.server);
    if (told.kind === 'problem') throw problemError(told.problem);
    this.#deadline?.refresh();
    if (told.isDone || isWhole) this.#final = told.counts;
    this.#options.onAcknowledged?.(told.counts);
  }

  #judged(error: unknown): GatherError {
    const { failures } = this.#options;
    if (error instanceof GatherError) return error;
    const reason: unknown = this.#abort.signal.reason;
    if (reason instanceof AxiosError) return toGatherError(reason, failures);
    const isKnown = error instanceof AxiosError || !(error instanceof Error);
    return toGatherError(isKnown ? error : AxiosError.from(error), failures);
  }

  #expectProgress(): void {
    this.#deadline ??= setTimeout(() => {
      this.#abort.abort(new AxiosError('timed out', AxiosError.ETIMEDOUT));
    }, this.#options.answerTimeoutMs);
    this.#deadline.refresh();
  }

  #expectNothing(): void {
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
  }
}

function roomIn(body: PassThrough): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      body.off('drain', settle).off('close', settle);
      resolve();
    };
    body.on('drain', settle).on('close', settle);
  });
}
