import type { SocketAddress } from '../../config/setting-kinds.js';
import type { CertificateService } from '../../features/certificates/certificate-service.js';
import type { Logger } from '../../observability/logger.js';
import type { Secure } from '../../tls/secure.js';
import { behindCertificate } from '../certificate-gate.js';
import { Departures } from '../departures.js';
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
  const departures = new Departures('records', logger);
  const letGo: LetGo = (entrant) => departures.letGo(entrant);
  const converse: Converse = (socket, endpoint, certificate) => {
    const visit = new RecordsVisit(endpoint, certificate, letGo);
    const onGone = () => {
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
      await departures.settled();
    },
  };
}
