import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Since when a request has not moved, and how many things of ours it waits for: meanwhile its time stands still. */
interface Progress {
  movedAt: number;
  holds: number;
}

/** Knows what has been asked on each connection and is not yet answered: several, where a client does not wait. */
export class UnansweredRequests {
  readonly #bySocket = new WeakMap<Socket, Set<ServerResponse>>();
  readonly #progress = new Map<ServerResponse, Progress>();
  /** Those whose answer was sent before they had come as a whole, and when. */
  readonly #trailing = new Map<IncomingMessage, number>();
  #isClosing = false;

  /** Counts a request in, until its answer has been sent. */
  add(response: ServerResponse): void {
    const responses = this.#responsesOn(response.req.socket);
    responses.add(response);
    this.#progress.set(response, { movedAt: performance.now(), holds: 0 });
    response.on('close', () => {
      responses.delete(response);
      this.#progress.delete(response);
      this.#leave(response.req, responses.size === 0);
    });
  }

  /** Takes note that a part of a body has come that may take any time as a whole. */
  touch(response: ServerResponse): void {
    const progress = this.#progress.get(response);
    if (progress !== undefined) progress.movedAt = performance.now();
  }

  /** Waits for something that the server does, which is not the client's time. Settles as it does. */
  async hold<Result>(response: ServerResponse, work: Promise<Result>): Promise<Result> {
    const progress = this.#progress.get(response);
    if (progress === undefined) return work;
    progress.holds += 1;
    try {
      return await work;
    } finally {
      progress.holds -= 1;
      progress.movedAt = performance.now();
    }
  }

  /** Those whose request has neither come as a whole nor moved for so long. @param ms - milliseconds */
  *stalled(ms: number): Generator<ServerResponse> {
    const before = performance.now() - ms;
    for (const [response, { movedAt, holds }] of this.#progress)
      if (movedAt < before && holds === 0 && !response.req.complete) yield response;
  }

  /** Connections on which a request is still coming so long after its answer was sent. @param ms - milliseconds */
  *trailing(ms: number): Generator<Socket> {
    const before = performance.now() - ms;
    for (const [request, answeredAt] of this.#trailing) {
      if (request.complete || request.socket.destroyed) this.#trailing.delete(request);
      else if (answeredAt <= before) yield request.socket;
    }
  }

  /** Whether something has been asked on a connection, and all of it is answered. */
  isIdle(socket: Socket): boolean {
    return this.#bySocket.get(socket)?.size === 0;
  }

  /** The answer that comes last. */
  lastOn(socket: Socket): ServerResponse | undefined {
    return [...(this.#bySocket.get(socket) ?? [])].at(-1);
  }

  /** From now on a connection is closed when all that has been asked on it is answered. */
  closeWhenAnswered(): void {
    this.#isClosing = true;
  }

  #leave(request: IncomingMessage, isLast: boolean): void {
    if (request.complete) {
      if (this.#isClosing && isLast) request.socket.destroySoon();
      return;
    }
    if (request.socket.destroyed) return;
    // A client that is still sending may not have read its answer, and would see a reset instead.
    request.resume();
    this.#trailing.set(request, performance.now());
  }

  #responsesOn(socket: Socket): Set<ServerResponse> {
    const known = this.#bySocket.get(socket);
    if (known !== undefined) return known;
    const responses = new Set<ServerResponse>();
    this.#bySocket.set(socket, responses);
    return responses;
  }
}
