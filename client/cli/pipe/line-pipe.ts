import type { Readable } from 'node:stream';
import type { MessagesApi } from '../../api/messages/messages-api.js';
import type { RetryNotice } from '../../api/requests/request-sender.js';
import type { RetryPolicy } from '../../api/retry-policy.js';
import { InputChunks } from './input-chunks.js';
import { type Block, LineEncoder } from './line-encoder.js';
import { NumberedSender } from './numbered-sender.js';
import type { ProducerLease } from './producer-lease.js';
import { type LineRange, SendWindow } from './send-window.js';

/** How far a pipe has come. */
export interface PipeProgress {
  /** Messages that the server has acknowledged. */
  readonly stored: number;
  /** Bytes of the input that were read. */
  readonly bytesRead: number;
}

export interface PipeOptions {
  readonly input: Readable;
  readonly api: Pick<MessagesApi, 'openStream' | 'lastNumber'>;
  /** Does something that needs a token. */
  readonly withToken: <T>(action: (token: string) => Promise<T>) => Promise<T>;
  /** The numbered stream that the messages continue. */
  readonly producer: Pick<ProducerLease, 'id' | 'isNew'>;
  readonly topic?: string | undefined;
  readonly isNdjson?: boolean | undefined;
  readonly retry: RetryPolicy;
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
  /** Ends the pipe after what has been sent. */
  readonly stop: AbortSignal;
  /** Told about each chunk and each acknowledgement. */
  readonly onProgress: (progress: PipeProgress) => void;
  /** The most that is held in memory for the server to acknowledge, in bytes. */
  readonly windowBytes?: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A number from 0 up to 1. */
  readonly random: () => number;
}

const WINDOW_BYTES = 4 * 1024 * 1024;

/**
 * Sends each line of an input as a message, in order, exactly once. Lines go out as they come, and reading waits
 * where too much of them is not acknowledged, so a slow server slows down the writer, and memory stays flat.
 *
 * A line that cannot be sent ends the pipe: all lines before it are sent, none from it on.
 */
export class LinePipe {
  readonly #options: PipeOptions;
  readonly #encoder: LineEncoder;
  readonly #window: SendWindow;
  readonly #sender: NumberedSender;
  readonly #over = new AbortController();
  #bytesRead = 0;

  constructor(options: PipeOptions) {
    this.#options = options;
    this.#encoder = new LineEncoder(options);
    this.#window = new SendWindow(options.windowBytes ?? WINDOW_BYTES);
    this.#sender = new NumberedSender({
      ...options,
      window: this.#window,
      onAcknowledged: () => {
        this.#report();
      },
    });
  }

  /** How many messages the server has acknowledged; these are the first ones of the input. */
  get stored(): number {
    return this.#window.acknowledged;
  }

  /** The lines that may or may not be stored; undefined where there are none. */
  get inDoubt(): LineRange | undefined {
    return this.#window.inDoubt;
  }

  /** Runs until the input ends or it is stopped. Rejects with what sending, the input or a line fails with. */
  async run(): Promise<'ended' | 'stopped'> {
    const chunks = new InputChunks(
      this.#options.input,
      AbortSignal.any([this.#options.stop, this.#over.signal]),
    );
    const reading = this.#read(chunks);
    // Its failure is heard of when all that came before it is sent.
    reading.catch(() => undefined);
    try {
      await this.#sender.run();
    } finally {
      this.#over.abort();
      this.#window.close();
      chunks.close();
    }
    await reading;
    return this.#options.stop.aborted ? 'stopped' : 'ended';
  }

  async #read(chunks: InputChunks): Promise<void> {
    try {
      for (;;) {
        const event = await chunks.next();
        if (event.kind === 'stopped') return;
        if (event.kind === 'end') {
          await this.#add(this.#encoder.end());
          return;
        }
        this.#bytesRead += event.bytes.length;
        this.#report();
        await this.#add(this.#encoder.push(event.bytes));
      }
    } finally {
      this.#window.close();
    }
  }

  async #add(blocks: Iterable<Block>): Promise<void> {
    for (const block of blocks) await this.#window.add(block);
  }

  #report(): void {
    this.#options.onProgress({ stored: this.stored, bytesRead: this.#bytesRead });
  }
}
