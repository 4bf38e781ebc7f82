import type { SocketAddress } from '../../config/setting-kinds.js';
import type { Logger } from '../../observability/logger.js';
import type { Secure } from '../../tls/secure.js';
import type { OnDrop } from '../drop-logs.js';
import type { Gateway } from '../gateway.js';
import { TcpGateway, type TcpOptions } from '../tcp-gateway.js';
import type { AnswerRecords } from './records-answers.js';
import { RecordsConversation } from './records-conversation.js';
import { RecordsVisit, type LetGo } from './records-visit.js';

/** How long and how much, and what nobody else can read. */
export interface RecordsGatewayOptions extends TcpOptions {
  readonly secure: Secure;
}

/** Opens the gateway of contract 3. @throws AppError `config.invalid` where it cannot listen */
export async function openRecordsGateway(
  at: SocketAddress,
  { answer, logger }: { readonly answer: AnswerRecords; readonly logger: Logger },
  options: RecordsGatewayOptions,
  onDrop: OnDrop,
): Promise<Gateway> {
  const visits = new Set<RecordsVisit>();
  const departures = new Set<Promise<void>>();
  const letGo: LetGo = (entrant) => {
    const departure = entrant.leave().catch((error: unknown) => {
      logger.warn({ err: error, gateway: 'records' }, 'The end of a session could not be kept.');
    });
    departures.add(departure);
    return departure.finally(() => departures.delete(departure));
  };
  const gateway = await TcpGateway.open(
    'records',
    at,
    (socket, endpoint, certificate) => {
      const visit = new RecordsVisit(endpoint, certificate, letGo);
      visits.add(visit);
      const onGone = () => {
        visits.delete(visit);
        visit.leave();
      };
      return new RecordsConversation(socket, (line) => answer(line, visit), onGone);
    },
    options,
    onDrop,
  );
  return {
    name: gateway.name,
    address: gateway.address,
    [Symbol.asyncDispose]: async () => {
      await gateway[Symbol.asyncDispose]();
      // All are closed, and not all have been told of it yet.
      for (const visit of visits) visit.leave();
      await Promise.all(departures);
    },
  };
}
