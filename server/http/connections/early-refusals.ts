import type { IncomingMessage, RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { AppError } from '../../errors/app-error.js';
import type { ErrorCode } from '../../errors/error-table.js';
import { canonicalAddress } from '../../net/canonical-address.js';
import { headersOf, refused } from '../gather-answers.js';
import type { RefusalLog } from '../refusal-log.js';
import { REFUSED } from '../bodies/request-body.js';
import { createRequestIds } from '../request-ids.js';
import type { UnansweredRequests } from './unanswered-requests.js';

const CODES: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'request.headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request.timed_out',
};

/** Answers what Node refuses before it gets to a door, in the same form as the doors do. */
export interface EarlyRefusals {
  /** What Node could not read, or waited for too long. */
  readonly onClientError: (error: NodeJS.ErrnoException, socket: Socket) => void;
  /** An `Expect` other than `100-continue`. */
  readonly onExpectation: RequestListener;
}

/** Makes the answers to what Node refuses. */
export function createEarlyRefusals(unanswered: UnansweredRequests, logRefusal: RefusalLog): EarlyRefusals {
  const newRequestId = createRequestIds();
  const broken = new WeakSet<Socket>();

  function answerTo(refusal: AppError, request: Pick<IncomingMessage, 'method' | 'url'>, socket: Socket) {
    const requestId = newRequestId();
    logRefusal(refusal, request, requestId, canonicalAddress(socket.remoteAddress));
    const answer = refused(refusal, false);
    const text = JSON.stringify(answer.body);
    return { head: headersOf(answer, requestId, text), status: answer.body, text };
  }

  function answerOnSocket(refusal: AppError, socket: Socket): void {
    if (!socket.writable) return;
    const { head, status, text } = answerTo(refusal, {}, socket);
    const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}`);
    const first = `HTTP/1.1 ${String(status.status_code)} ${status.status_description}`;
    socket.end([first, ...lines, '', text].join('\r\n'));
  }

  // The answer must not take the place of another one: what is asked first is answered first, and a request that has
  // arrived as a whole may have been stored.
  function onClientError(error: NodeJS.ErrnoException, socket: Socket): void {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    if (broken.has(socket)) return;
    broken.add(socket);
    const refusal = new AppError(CODES[error.code ?? ''] ?? 'request.malformed', { cause: error });
    const last = unanswered.lastOn(socket);
    if (last === undefined) {
      answerOnSocket(refusal, socket);
      return;
    }
    const isAnsweredByDoor = !last.req.complete && last.req.emit(REFUSED, refusal);
    if (isAnsweredByDoor) return;
    last.once('close', () => {
      answerOnSocket(refusal, socket);
    });
  }

  return {
    onClientError,
    onExpectation: (request, response) => {
      const refusal = new AppError('request.expectation_failed');
      const { head, status, text } = answerTo(refusal, request, request.socket);
      response.writeHead(status.status_code, head).end(text);
    },
  };
}
