import { setTimeout as sleep } from 'node:timers/promises';
import { GatherError } from '../../api/gather-error.js';
import type { MessagesApi } from '../../api/messages/messages-api.js';
import type { MessageStream } from '../../api/messages/message-stream.js';
import type { StoredCounts } from '../../api/messages/bulk-answers.js';
import { canTryAgain } from '../../api/requests/request-failure.js';
import type { RetryNotice } from '../../api/requests/request-sender.js';
import { delayBeforeRetry, type RetryPolicy } from '../../api/retry-policy.js';
import { CliError } from '../cli-error.js';
import { isTokenRefused } from '../../api/token-refused.js';
import type { ProducerLease } from './producer-lease.js';
import type { SendWindow } from './send-window.js';

export interface NumberedSenderOptions {
  readonly window: SendWindow;
  readonly api: Pick<MessagesApi, 'openStream' | 'lastNumber'>;
  /** Does something that needs a token. */
  readonly withToken: <T>(action: (token: string) => Promise<T>) => Promise<T>;
  /** The stream that the window's messages continue, behind what is stored of it. */
  readonly producer: Pick<ProducerLease, 'id' | 'isNew'>;
  readonly retry: RetryPolicy;
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
  /** Ends the sending after what has left. */
  readonly stop: AbortSignal;
  readonly onAcknowledged: () => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A number from 0 up to 1. */
  readonly random: () => number;
}

/** What a request stands on. */
interface RequestState {
  /** The number of its first message. */
  readonly first: number;
  /** The last number that had left before it. */
  readonly doubtful: number;
  readonly acknowledge: (counts: StoredCounts) => void;
}

// A request ends where nothing more comes for a while, so that none stands open for hours.
const IDLE_MS = 1_000;

// A proxy may pass nothing on before a request ends; then it is ended, and the next one goes on.
const QUIET_MS = 2_000;

/**
 * Sends what is in a window, over one request after another, until it is closed and empty.
 *
 * After a failure it asks for the last number that the server has stored, and goes on behind that: numbers make sure that
 * nothing is stored twice, whatever became of the request before.
 */
export class NumberedSender {
  readonly #options: NumberedSenderOptions;
  readonly #window: SendWindow;
  // Whether the server has answered since the beginning or the last failure. Until then it gets one block only, as the
  // answer to a request that is refused early can be lost where much is still being written.
  #isProven = false;
  #hasFailed = false;
  #hasEverFailed = false;
  // The producer's number behind which the window's numbers begin.
  #base: number | undefined;
  #failures = { tries: 0, since: 0, acknowledged: -1 };
  #quietSince = 0;

  constructor(options: NumberedSenderOptions) {
    this.#options = options;
    this.#window = options.window;
    this.#base = options.producer.isNew ? 0 : undefined;
  }

  /** Runs to the end, or until it is stopped and knows what is stored. Rejects with a GatherError or a CliError. */
  async run(): Promise<void> {
    while (await this.#hasMore()) {
      try {
        await this.#options.withToken((token) => this.#request(token));
      } catch (error) {
        await this.#pauseAfter(error);
      }
    }
  }

  async #hasMore(): Promise<boolean> {
    const { stop } = this.#options;
    if (this.#hasFailed) return true;
    while (!stop.aborted && this.#window.isDrained && !this.#window.isClosed) await this.#window.change();
    return !stop.aborted && !this.#window.isDrained;
  }

  async #request(token: string): Promise<void> {
    const { api, producer, stop } = this.#options;
    this.#base ??= await api.lastNumber(token, producer.id);
    if (this.#hasFailed) await this.#catchUp(token, this.#base);
    const first = this.#window.next?.first;
    if (first === undefined || stop.aborted) return;
    const doubtful = this.#window.sentUpTo;
    const acknowledge = ({ accepted, duplicates }: StoredCounts): void => {
      if (duplicates > 0 && !this.#hasEverFailed) throw notAlone(producer.id);
      this.#acknowledge(first - 1 + accepted + duplicates);
    };
    const numbering = { id: producer.id, first: this.#base + first };
    using stream = api.openStream(token, { producer: numbering, onAcknowledged: acknowledge });
    try {
      await this.#write(stream);
      stream.end();
      acknowledge(await stream.finished);
      if (this.#window.isAwaited) throw tooFew();
    } catch (error) {
      this.#hasFailed = true;
      this.#hasEverFailed = true;
      this.#isProven = false;
      throw this.#judged(error, { first, doubtful, acknowledge });
    }
  }

  async #catchUp(token: string, base: number): Promise<void> {
    const { api, producer } = this.#options;
    this.#acknowledge((await api.lastNumber(token, producer.id)) - base);
    this.#isProven = false;
    this.#window.rewind();
    this.#hasFailed = false;
  }

  async #write(stream: MessageStream): Promise<void> {
    const { stop, now } = this.#options;
    const over = new AbortController();
    const markOver = (): void => {
      over.abort();
      this.#window.wake();
    };
    stream.finished.then(markOver, markOver);
    while (!over.signal.aborted && !stop.aborted && !this.#isQuiet()) {
      const isAllowed = this.#isProven || !this.#window.isAwaited;
      if (!this.#window.isAwaited) this.#quietSince = now();
      const block = isAllowed ? this.#window.take() : undefined;
      if (block !== undefined) await stream.write(block.bytes);
      else if (this.#window.isClosed && this.#window.isDrained) return;
      else if (!(await this.#window.change(IDLE_MS))) return;
    }
  }

  #isQuiet(): boolean {
    return this.#window.isAwaited && this.#options.now() - this.#quietSince > QUIET_MS;
  }

  #acknowledge(number: number): void {
    this.#isProven = true;
    this.#quietSince = this.#options.now();
    this.#window.acknowledge(number);
    this.#options.onAcknowledged();
  }

  // A refusal says what was stored before it, and which line it is about; where none comes, the doubt remains.
  #judged(error: unknown, { first, doubtful, acknowledge }: RequestState): unknown {
    if (!(error instanceof GatherError) || error.kind === 'unknown_outcome') return error;
    const { accepted, duplicates, line } = error.problem ?? {};
    if (accepted !== undefined) acknowledge({ accepted, duplicates: duplicates ?? 0, last: null });
    // gatherd takes a producer's requests one after another: its own word is about all that has left.
    this.#window.settle(error.problem === undefined ? doubtful : 0);
    const inputLine = line === undefined ? undefined : this.#window.lineOf(first + line - 1);
    return inputLine === undefined ? error : refusedLine(inputLine, error);
  }

  async #pauseAfter(error: unknown): Promise<void> {
    const { stop, retry, now, random, onRetry } = this.#options;
    if (!(error instanceof GatherError) || !this.#canGoOn(error)) throw error;
    const { acknowledged } = this.#window;
    if (acknowledged > this.#failures.acknowledged) this.#failures = { tries: 0, since: now(), acknowledged };
    this.#failures.tries += 1;
    const { tries, since } = this.#failures;
    const { retryAfterSeconds } = error;
    const failed = { tries, elapsedMs: now() - since, retryAfterSeconds, random: random() };
    const delayMs = delayBeforeRetry(retry, failed);
    if (delayMs === undefined || (stop.aborted && tries > 1)) throw error;
    onRetry?.({ error, delayMs });
    await sleep(delayMs, undefined, { signal: stop }).catch(() => undefined);
  }

  // A token that was good and is refused has expired: there is a new one next time, or no way to get one.
  #canGoOn(error: GatherError): boolean {
    const hasProgressed = this.#window.acknowledged > Math.max(0, this.#failures.acknowledged);
    return canTryAgain(error, { isRepeatable: true }) || (isTokenRefused(error) && hasProgressed);
  }
}

function refusedLine(line: number, cause: GatherError): CliError {
  const reason = cause.message.replace(/^Line \d+: /, '');
  const text = `Line ${String(line)} is refused by this server: ${reason}`;
  return new CliError('failed', cause.kind, text, { fields: { line }, cause });
}

function tooFew(): GatherError {
  return new GatherError('unknown_outcome', 'The server has answered for fewer lines than it was sent');
}

// The first time that a message is sent it cannot be a duplicate.
function notAlone(id: string): GatherError {
  const text = `Something else sends with the numbers of ${id}, perhaps from a copy of the directory where gather remembers`;
  return new GatherError('unknown_outcome', text, { status: 200 });
}
