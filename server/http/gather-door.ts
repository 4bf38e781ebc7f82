import type { IncomingMessage, ServerResponse } from 'node:http';
import { MESSAGE_TYPES, type MessageType } from '../../protocol/gather-messages.js';
import { AppError } from '../errors/app-error.js';
import type { AddressOf } from './client-address.js';
import type { CertificateOf } from './client-certificates.js';
import { clientNameOf } from './client-name.js';
import type { ReceivingBudget } from './connections/receiving-budget.js';
import { headerFieldsOf, refused, type HttpAnswer } from './gather-answers.js';
import type { GatherBody, GatherHandlers } from './gather-handlers.js';
import type { RefusalLog } from './refusal-log.js';
import { MessageScan } from './bodies/message-scan.js';
import { parseJsonObject, readBody } from './bodies/request-body.js';
import { assertJson, assertMethod, type HostGuard } from './request-guards.js';
import { requestPath } from './request-path.js';

/** The paths of contract 1, each with the messages it accepts. */
export const GATHER_PATHS: ReadonlyMap<string, readonly MessageType[]> = new Map<
  string,
  readonly MessageType[]
>([
  ['/', MESSAGE_TYPES],
  ['/identify', ['IDENTIFY']],
  ['/authenticate', ['AUTHENTICATE']],
  ['/message', ['MESSAGE']],
]);

/** Takes a request and answers it, whatever happens. */
export type Door = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/**
 * Makes the door of contract 1. It needs nothing of Express, so that it can be entered in front of it, where a request
 * costs a fraction; mounted in Express it does the same.
 */
export function createGatherDoor(options: {
  handlers: GatherHandlers;
  assertHost: HostGuard;
  addressOf: AddressOf;
  certificateOf: CertificateOf;
  logRefusal: RefusalLog;
  newRequestId: () => string;
  maxBodyBytes: number;
  maxJsonDepth: number;
  receiving: ReceivingBudget;
}): Door {
  const scan = new MessageScan(options.maxJsonDepth);

  function read(request: IncomingMessage): Promise<Buffer> {
    options.assertHost(request);
    assertMethod(request, 'POST');
    assertJson(request);
    return readBody(request, options.maxBodyBytes, options.receiving);
  }

  function send(response: ServerResponse, answer: HttpAnswer, requestId: string): void {
    const body = JSON.stringify(answer.body);
    response.writeHead(answer.body.status_code, headerFieldsOf(answer, requestId, body));
    response.end(body);
  }

  return async function gatherDoor(request, response) {
    const requestId = options.newRequestId();
    const endpoint = options.addressOf(request);
    const accepted = GATHER_PATHS.get(gatherPathOf(request)) ?? [];
    let type = accepted.length === 1 ? accepted[0] : undefined;
    try {
      const bytes = await read(request);
      // After the body, in the course of which it may have been revoked or have expired.
      const origin = { endpoint, certificate: options.certificateOf(request) };
      const message = accepted.includes('MESSAGE') ? scan.find(bytes) : undefined;
      if (message !== undefined) {
        send(response, await options.handlers.take(message, origin), requestId);
        return;
      }
      const body = parseJsonObject(bytes, options.maxJsonDepth);
      type = messageType(body, accepted);
      send(response, await options.handlers[type](body, origin, clientNameOf(request)), requestId);
    } catch (error) {
      const refusal = options.logRefusal(error, request, requestId, endpoint);
      send(response, refused(refusal, type === 'AUTHENTICATE'), requestId);
    }
  };
}

/** The path of a request; see {@link requestPath}. Those of contract 1 are nearly always written as they are. */
export function gatherPathOf({ url = '/' }: IncomingMessage): string {
  return GATHER_PATHS.has(url) ? url : requestPath(url);
}

function messageType(body: GatherBody, accepted: readonly MessageType[]): MessageType {
  const type = accepted.find((each) => each === body['message_type']);
  if (type === undefined) throw new AppError('request.invalid_message_type');
  return type;
}
