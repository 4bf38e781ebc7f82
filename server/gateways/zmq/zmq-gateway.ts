import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../errors/app-error.js';
import type { Router } from 'zeromq';
import type { SocketAddress } from '../../config/setting-kinds.js';
import type { Logger } from '../../observability/logger.js';
import { addressText, assertLoopback, cannotListen, type Gateway } from '../gateway.js';
import { within } from '../time-limit.js';
import { openEnvelope, type ZmqRequest } from './envelope.js';
import { PeerTurns } from './peer-turns.js';
import type { Fields } from './actions/users-action.js';
import { BUSY, type AnswerUsers } from './users-answers.js';

/** Where the gateway listens, and how. */
export interface ZmqOptions {
  readonly at: SocketAddress;
  /** The secret key of CURVE, Z85; without it the gateway stays on loopback. */
  readonly curveKey?: string | undefined;
  /** Milliseconds that what is under way may take when the gateway is closed. */
  readonly graceMs: number;
  readonly logger: Logger;
}

/** Far more than any request of contract 2. A peer that sends a larger frame is cut off. */
const MAX_FRAME_BYTES = 256 * 1024;
/** Messages held for a peer in each direction: when it does not read, its replies are dropped, and nobody waits for it. */
const HELD_MESSAGES = 8;
const MOST_OF_PEER = 4;
const MOST_AT_ONCE = 1000;
const HANDSHAKE_MS = 10_000;
const LINGER_MS = 1000;
const AFTER_FAILURE_MS = 100;
const WRITTEN_AT_ONCE = 200;

/**
 * Opens the gateway of contract 2: to its peers a REP socket (RFC 28 of ZeroMQ), but a ROUTER, so that a peer that goes away
 * or sends what it should not has no effect on others.
 *
 * @throws AppError `config.invalid` where it cannot listen, or would not only on loopback and has no key
 */
export async function openZmqGateway(answer: AnswerUsers, options: ZmqOptions): Promise<Gateway> {
  const { at, curveKey, graceMs, logger } = options;
  if (curveKey === undefined) assertLoopback('GATHERD_ZMQ', at);
  const socket = await createSocket(at, curveKey);
  // ZeroMQ writes a free port as *.
  const address = at.port === 0 ? addressText(at).replace(/0$/, '*') : addressText(at);
  try {
    await socket.bind(`tcp://${address}`);
  } catch (error) {
    socket.close();
    throw cannotListen('GATHERD_ZMQ', at, error);
  }
  return new ZmqGateway(socket, answer, graceMs, logger);
}

// Whoever has no use for this gateway needs no native package.
async function loadZeroMq() {
  try {
    return await import('zeromq');
  } catch (cause) {
    const problems = 'GATHERD_ZMQ: the package zeromq is not installed here, or not for this machine';
    throw new AppError('config.invalid', { details: { problems }, cause });
  }
}

async function createSocket({ host }: SocketAddress, curveKey: string | undefined): Promise<Router> {
  const { Router } = await loadZeroMq();
  return new Router({
    ipv6: host.includes(':'),
    linger: LINGER_MS,
    maxMessageSize: MAX_FRAME_BYTES,
    receiveHighWaterMark: HELD_MESSAGES,
    sendHighWaterMark: HELD_MESSAGES,
    handshakeInterval: HANDSHAKE_MS,
    tcpKeepalive: 1,
    ...(curveKey === undefined ? {} : { curveServer: true, curveSecretKey: curveKey }),
  });
}

class ZmqGateway implements Gateway {
  readonly name = 'zmq';
  readonly address: string;
  readonly #socket: Router;
  readonly #answer: AnswerUsers;
  readonly #graceMs: number;
  readonly #logger: Logger;
  readonly #turns = new PeerTurns(MOST_OF_PEER, MOST_AT_ONCE);
  #sent: Promise<void> = Promise.resolve();
  #isClosing = false;

  constructor(socket: Router, answer: AnswerUsers, graceMs: number, logger: Logger) {
    this.#socket = socket;
    this.#answer = answer;
    this.#graceMs = graceMs;
    this.#logger = logger;
    this.address = socket.lastEndpoint ?? '';
    void this.#serve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    // To unbind would cut off all peers; closing does it when they have been answered.
    await within(this.#graceMs, this.#turns.drained());
    await within(this.#graceMs, this.#sent);
    this.#socket.close();
  }

  async #serve(): Promise<void> {
    const isClosed = () => this.#socket.closed;
    while (!isClosed()) {
      try {
        for await (const frames of this.#socket) this.#take(frames);
      } catch (error) {
        if (isClosed()) return;
        this.#logger.error({ err: error }, 'The ZeroMQ gateway could not receive.');
        await sleep(AFTER_FAILURE_MS);
      }
    }
  }

  #take(frames: readonly Buffer[]): void {
    const request = openEnvelope(frames);
    if (request === undefined || this.#isClosing) return;
    const isTaken = this.#turns.add(request.peer, async () => {
      await this.#send(request, await this.#answer(request.body, request.peer));
    });
    if (!isTaken) void this.#send(request, BUSY);
  }

  // One at a time: the socket takes no second message while it has not taken the first.
  #send({ envelope }: ZmqRequest, reply: Fields): Promise<void> {
    this.#sent = this.#sent.then(async () => {
      try {
        await this.#socket.send([...envelope, await jsonOf(reply)]);
      } catch (error) {
        this.#logger.debug({ err: error }, 'A reply could not be sent.');
      }
    });
    return this.#sent;
  }
}

// A long list is written piece by piece, so that others have their turn.
async function jsonOf(reply: Fields): Promise<string> {
  const { users, ...others } = reply;
  if (!Array.isArray(users) || users.length <= WRITTEN_AT_ONCE) return JSON.stringify(reply);
  const pieces: string[] = [];
  for (let from = 0; from < users.length; from += WRITTEN_AT_ONCE) {
    pieces.push(JSON.stringify(users.slice(from, from + WRITTEN_AT_ONCE)).slice(1, -1));
    await setImmediate();
  }
  return `${JSON.stringify(others).slice(0, -1)},"users":[${pieces.join(',')}]}`;
}
