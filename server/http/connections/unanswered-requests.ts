import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Knows what has been asked on each connection and is not yet answered: several, where a client does not wait. */
export class UnansweredRequests {
  readonly #bySocket = new WeakMap<Socket, Set<ServerResponse>>();
  readonly #movedAt = new Map<ServerResponse, number>();

  /** Counts a request in, until its answer has been sent. */
  add(response: ServerResponse): void {
    const responses = this.#responsesOn(response.req.socket);
    responses.add(response);
    this.#movedAt.set(response, performance.now());
    response.on('close', () => {
      responses.delete(response);
      this.#movedAt.delete(response);
    });
  }

  /** Takes note that a part of a body has come that may take any time as a whole. */
  touch(response: ServerResponse): void {
    if (this.#movedAt.has(response)) this.#movedAt.set(response, performance.now());
  }

  /** Those whose request has neither come as a whole nor moved for so long. @param ms - milliseconds */
  *stalled(ms: number): Generator<ServerResponse> {
    const before = performance.now() - ms;
    for (const [response, movedAt] of this.#movedAt)
      if (movedAt < before && !response.req.complete) yield response;
  }

  /** Whether something has been asked on a connection, and all of it is answered. */
  isIdle(socket: Socket): boolean {
    return this.#bySocket.get(socket)?.size === 0;
  }

  /** The answer that comes last. */
  lastOn(socket: Socket): ServerResponse | undefined {
    return [...(this.#bySocket.get(socket) ?? [])].at(-1);
  }

  #responsesOn(socket: Socket): Set<ServerResponse> {
    const known = this.#bySocket.get(socket);
    if (known !== undefined) return known;
    const responses = new Set<ServerResponse>();
    this.#bySocket.set(socket, responses);
    return responses;
  }
}
