import type { Socket } from 'node:net';
import type { Conversation } from '../tcp-gateway.js';
import { CredentialsReader, type CredentialsRequest } from './credentials-request.js';

/** How long a request that came in one piece may lack the end of its last line before it is answered. */
const PAUSE_MS = 100;
/** The same of one that comes in several: a password must not be cut short. */
const LONG_PAUSE_MS = 1000;

/** One connection: one request, one reply without a line end. */
export class CredentialsConversation implements Conversation {
  readonly #socket: Pick<Socket, 'end'>;
  readonly #answer: (request: CredentialsRequest) => Promise<string | undefined>;
  readonly #reader = new CredentialsReader();
  #pieces = 0;
  #pause: NodeJS.Timeout | undefined;
  #isPausing = false;
  #isAnswering = false;

  constructor(
    socket: Pick<Socket, 'end'>,
    answer: (request: CredentialsRequest) => Promise<string | undefined>,
  ) {
    this.#socket = socket;
    this.#answer = answer;
  }

  take(piece: Buffer): void {
    if (this.#isAnswering) return;
    clearTimeout(this.#pause);
    this.#pieces += 1;
    const progress = this.#reader.take(piece);
    if (progress === 'complete') void this.#reply();
    this.#isPausing = progress === 'likely';
    if (!this.#isPausing) return;
    const pauseMs = this.#pieces === 1 ? PAUSE_MS : LONG_PAUSE_MS;
    this.#pause = setTimeout(() => void this.#reply(), pauseMs);
  }

  end(): void {
    void this.#reply();
  }

  expire(): void {
    // What may still go on is answered when its pause is over.
    if (!this.#isPausing) void this.#reply();
  }

  drop(): void {
    clearTimeout(this.#pause);
    // Whoever is gone needs no answer to what it has not said completely.
    this.#isAnswering = true;
  }

  async #reply(): Promise<void> {
    if (this.#isAnswering) return;
    this.#isAnswering = true;
    clearTimeout(this.#pause);
    const reply = await this.#answer(this.#reader.request());
    this.#socket.end(reply ?? '');
  }
}
