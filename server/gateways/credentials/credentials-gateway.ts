import type { Socket } from 'node:net';
import type { SocketAddress } from '../../config/setting-kinds.js';
import type { ConnectionLimits } from '../connection-limits.js';
import { assertLoopback, type Gateway } from '../gateway.js';
import { TcpGateway, type Conversation, type TcpLimits } from '../tcp-gateway.js';
import type { AnswerCredentials } from './credentials-answers.js';
import { CredentialsReader } from './credentials-request.js';

/** How long a request that came in one piece may lack the end of its last line before it is answered. */
const PAUSE_MS = 80;
/** The same of one that comes in several: a password must not be cut short. */
const LONG_PAUSE_MS = 1000;

/** Opens the gateway of contract 4. @throws AppError `config.invalid` where it cannot listen, or not only on loopback */
export function openCredentialsGateway(
  at: SocketAddress,
  answer: AnswerCredentials,
  limits: TcpLimits & { readonly connections: ConnectionLimits },
  onDrop: () => void,
): Promise<Gateway> {
  assertLoopback('GATHERD_CREDENTIALS', at);
  return TcpGateway.open(
    'credentials',
    at,
    (socket, address) => new CredentialsConversation(socket, (request) => answer(request, address)),
    limits,
    onDrop,
  );
}

/** One connection: one request, one reply without a line end. */
class CredentialsConversation implements Conversation {
  readonly #socket: Socket;
  readonly #answer: (request: ReturnType<CredentialsReader['request']>) => Promise<string | undefined>;
  readonly #reader = new CredentialsReader();
  #pieces = 0;
  #pause: NodeJS.Timeout | undefined;
  #isPausing = false;
  #isAnswering = false;

  constructor(socket: Socket, answer: CredentialsConversation['#answer']) {
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
