import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '../../errors/app-error.js';
import type { MessageService } from '../../features/messages/message-service.js';
import type { CallerOf } from '../callers/request-callers.js';
import { REFUSED } from '../bodies/request-body.js';
import type { AddressOf } from '../client-address.js';
import { ItemReader } from '../bodies/item-reader.js';
import { TextReader } from '../bodies/text-reader.js';
import type { ReceivingBudget } from '../connections/receiving-budget.js';
import type { UnansweredRequests } from '../connections/unanswered-requests.js';
import type { Door } from '../gather-door.js';
import type { RefusalLog } from '../refusal-log.js';
import type { HostGuard } from '../request-guards.js';
import { BulkAnswer } from './bulk-answer.js';
import { BulkBody, type BulkLimits } from './bulk-body.js';
import { producerOf } from './bulk-headers.js';
import { BulkStream } from './bulk-stream.js';

/** The path that this door is for. */
export const BULK_PATH = '/v1/messages';

/** Whether a request is for this door; what is not exactly so finds it behind Express. */
export function isBulk({ method, url }: IncomingMessage): boolean {
  return method === 'POST' && url === BULK_PATH;
}

/**
 * Makes the door of `POST /v1/messages`. Like that of contract 1 it needs nothing of Express.
 *
 * Lines are parsed and stored as they come, in constant memory, and a slow disk slows their sender down.
 */
export function createBulkDoor(options: {
  messages: MessageService;
  callerOf: CallerOf;
  assertHost: HostGuard;
  addressOf: AddressOf;
  logRefusal: RefusalLog;
  newRequestId: () => string;
  limits: BulkLimits;
  receiving: ReceivingBudget;
  /** Told each time a part of a long body has come, and when it is the server that takes its time. */
  unanswered: UnansweredRequests;
  /** Aborted when gatherd has to end: nothing more is read then, and what is on its way is stored and answered. */
  signal: AbortSignal | undefined;
}): Door {
  const { limits, receiving, unanswered, signal } = options;
  const open = new Set<IncomingMessage>();
  signal?.addEventListener('abort', () => {
    for (const request of open) request.emit(REFUSED, new AppError('dump.closed'));
  });
  const readers = { items: new ItemReader(limits), text: new TextReader(limits.maxMessageBytes) };

  async function take(request: IncomingMessage, response: ServerResponse, answer: BulkAnswer) {
    options.assertHost(request);
    if (signal?.aborted === true) throw new AppError('dump.closed');
    const sink = options.messages.openStream(options.callerOf(request));
    const body = new BulkBody(request, limits, readers, receiving, () => {
      unanswered.touch(response);
    });
    const stream = new BulkStream(
      {
        room: (bytes) => unanswered.hold(response, sink.room(bytes)),
        store: (messages, producer) => unanswered.hold(response, sink.store(messages, producer)),
      },
      producerOf(request.headers),
      () => {
        answer.acknowledge();
      },
      // Whoever reads the body learns it now, and not with the next part of it, which may never come.
      (error) => error instanceof AppError && request.emit(REFUSED, error),
    );
    answer.watch(stream);
    await body.sendTo(stream);
    answer.succeed();
  }

  return async function bulkDoor(request, response) {
    const answer = new BulkAnswer(request, response, options.newRequestId());
    open.add(request);
    try {
      await take(request, response, answer);
    } catch (error) {
      const endpoint = options.addressOf(request);
      const refusal = options.logRefusal(error, request, answer.requestId, endpoint);
      await unanswered.hold(response, answer.refuse(refusal));
    } finally {
      open.delete(request);
    }
  };
}
