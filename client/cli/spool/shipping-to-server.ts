import type { GatherApi } from '../../api/gather-api.js';
import { GatherError, type Problem } from '../../api/gather-error.js';
import type { MessagesApi } from '../../api/messages/messages-api.js';
import type { LastNumber, ShipOutcome, ShippingPort } from '../../spool/shipping/shipping-port.js';
import {
  type CommandContext,
  logInForMessages,
  openApi,
  openMessagesApi,
  sessionOptions,
} from '../command-context.js';
import { Session } from '../session.js';

/** The way from a spool to its server. Dispose of it to close its connections. */
export interface ServerShipping extends ShippingPort, Disposable {}

/**
 * Opens the way from a spool to its server. A token that has expired is renewed where a password is at hand; where none is, one
 * that is remembered meanwhile is used. Rejects with exit code 2 or 78 where a secret cannot be read.
 */
export async function openShipping(context: CommandContext, stop: AbortSignal): Promise<ServerShipping> {
  // Pauses between tries are the loop's, which reads the spool anew after each.
  const api = openApi(context, { retryForMs: 0, stop });
  const messages = openMessagesApi(context, { retryForMs: 0, stop });
  const withToken = await tokens(context, api, stop);
  return {
    send: async (items, { producer, first }) => {
      const body = Buffer.from(`${items.join('\n')}\n`);
      try {
        const counts = await withToken((token) => messages.sendLines(token, body, { id: producer, first }));
        if (counts.accepted + counts.duplicates === items.length) return { kind: 'stored' };
        return failed(new Error('The server acknowledged another number of messages than were sent'));
      } catch (error) {
        return outcomeOf(error);
      }
    },
    lastNumber: (producer) => askLast(messages, withToken, producer),
    [Symbol.dispose]: () => {
      api[Symbol.dispose]();
      messages[Symbol.dispose]();
    },
  };
}

type WithToken = <T>(action: (token: string) => Promise<T>) => Promise<T>;

async function tokens(context: CommandContext, api: GatherApi, stop: AbortSignal): Promise<WithToken> {
  const once = { retryForMs: 0, stop };
  const options = await sessionOptions(context, logInForMessages(context, api, once), once);
  let session: Session | undefined;
  return async (action) => {
    session ??= await Session.open(options);
    try {
      return await session.withToken(action);
    } catch (error) {
      if (!(error instanceof GatherError) || error.kind === 'not_permitted') session = undefined;
      throw error;
    }
  };
}

async function askLast(messages: MessagesApi, withToken: WithToken, producer: string): Promise<LastNumber> {
  try {
    return { kind: 'known', last: await withToken((token) => messages.lastNumber(token, producer)) };
  } catch (error) {
    return failed(error);
  }
}

function outcomeOf(error: unknown): ShipOutcome {
  if (!(error instanceof GatherError)) return failed(error);
  const { problem, status } = error;
  if (problem?.code === 'producer.gap' && problem.expected !== undefined)
    return { kind: 'gap', expected: problem.expected };
  if (problem?.line !== undefined && problem.status >= 400 && problem.status < 500)
    return refusalOf(problem, problem.line);
  return status === 413 ? { kind: 'too_large' } : failed(error);
}

function refusalOf({ accepted = 0, duplicates = 0, detail }: Problem, line: number): ShipOutcome {
  const taken = accepted + duplicates;
  // Where those before it are not stored, either, fewer at once bring it to the front.
  return taken > 0 || line === 1 ? { kind: 'refused', taken, reason: detail } : { kind: 'too_large' };
}

function failed(error: unknown): Extract<ShipOutcome, { kind: 'failed' }> {
  const seconds = error instanceof GatherError ? error.retryAfterSeconds : undefined;
  return {
    kind: 'failed',
    error: error instanceof Error ? error : new Error(String(error)),
    retryAfterMs: seconds === undefined ? undefined : seconds * 1000,
  };
}
