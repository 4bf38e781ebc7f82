import type { SocketAddress } from '../../config/setting-kinds.js';
import type { CertificateService } from '../../features/certificates/certificate-service.js';
import type { Logger } from '../../observability/logger.js';
import type { Secure } from '../../tls/secure.js';
import { behindCertificate } from '../certificate-gate.js';
import type { OnDrop } from '../drop-logs.js';
import type { NoteRefusal } from '../gateway-refusals.js';
import type { Gateway } from '../gateway.js';
import { TcpGateway, type Converse, type TcpOptions } from '../tcp-gateway.js';
import type { AnswerRecords } from './records-answers.js';
import { RecordsConversation } from './records-conversation.js';
import { RecordsVisit, type LetGo } from './records-visit.js';

/** What the gateway works with. */
export interface RecordsGatewayDeps {
  readonly answer: AnswerRecords;
  readonly certificates: Pick<CertificateService, 'bearerOf'>;
  readonly noteRefusal: NoteRefusal;
  readonly logger: Logger;
}

/** How long and how much, and what nobody else can read. */
export interface RecordsGatewayOptions extends TcpOptions {
  readonly secure: Secure;
}

/** Opens the gateway of contract 3. @throws AppError `config.invalid` where it cannot listen */
export async function openRecordsGateway(
  at: SocketAddress,
  { answer, logger, ...deps }: RecordsGatewayDeps,
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
  const converse: Converse = (socket, endpoint, certificate) => {
    const visit = new RecordsVisit(endpoint, certificate, letGo);
    visits.add(visit);
    const onGone = () => {
      visits.delete(visit);
      visit.leave();
    };
    return new RecordsConversation(socket, (line) => answer(line, visit), onGone);
  };
  const gate = behindCertificate(converse, { gateway: 'records', ...deps });
  const gateway = await TcpGateway.open('records', at, gate, options, onDrop);
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
