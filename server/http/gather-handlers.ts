import {
  authenticateRequest,
  identifyRequest,
  messageRequest,
  type MessageType,
} from '../../protocol/gather-messages.js';
import { messageList } from '../dump/message-list.js';
import type { ProducerNumbers } from '../dump/message-log.js';
import { AppError } from '../errors/app-error.js';
import type { CertificateService } from '../features/certificates/certificate-service.js';
import type { GatheredMessage, MessageService } from '../features/messages/message-service.js';
import type { HandshakeService } from '../features/sessions/handshake-service.js';
import type { ClientCertificate } from '../tls/client-certificate.js';
import type { AddressLimiter } from './address-limiter.js';
import { parseFields, type Fields } from './bodies/parse-fields.js';
import { answered, type HttpAnswer } from './gather-answers.js';

/** A request body of contract 1, not yet checked. */
export type GatherBody = Fields;

/** Where a request of contract 1 comes from. */
export interface GatherOrigin {
  readonly endpoint: string;
  /** Of the connection, where one is asked for. */
  readonly certificate: ClientCertificate | undefined;
}

/** The handlers of contract 1 by message type: parse, call, present. `client` is what the client says it is. */
export interface GatherHandlers extends Readonly<
  Record<MessageType, (body: GatherBody, origin: GatherOrigin, client: string) => Promise<HttpAnswer>>
> {
  /** What the handler of MESSAGE does once it has found the message in its body. */
  readonly take: (message: GatheredMessage, origin: GatherOrigin) => Promise<HttpAnswer>;
}

/** Makes the three handlers. */
export function createGatherHandlers(
  handshakes: HandshakeService,
  messages: MessageService,
  certificates: Pick<CertificateService, 'assertNames'>,
  limitAddress: AddressLimiter,
): GatherHandlers {
  async function identify(body: GatherBody, { endpoint, certificate }: GatherOrigin): Promise<HttpAnswer> {
    const { username, invite } = parseFields(identifyRequest, body);
    limitAddress(endpoint);
    if (certificate !== undefined) await certificates.assertNames(username, certificate);
    const { isNew } = await handshakes.identify(username, endpoint, invite);
    return isNew ? answered(201, 'New User Created') : answered(202, 'Existing User Identified');
  }

  async function authenticate(body: GatherBody, origin: GatherOrigin, client: string): Promise<HttpAnswer> {
    const { username, password } = parseFields(authenticateRequest, body);
    const { endpoint, certificate } = origin;
    limitAddress(endpoint);
    if (certificate !== undefined)
      await certificates.assertNames(username, certificate, { endpoint, door: 'gather' });
    const { isFirst, name, token } = await handshakes.authenticate(username, password, endpoint, client);
    const who = isFirst ? 'New User' : 'Existing User';
    return answered(isFirst ? 201 : 202, `${who} password authenticated. Token generated, ${name}!`, token);
  }

  function message(body: GatherBody, origin: GatherOrigin): Promise<HttpAnswer> {
    return take(gatheredMessageIn(body), origin);
  }

  async function take(gathered: GatheredMessage, origin: GatherOrigin): Promise<HttpAnswer> {
    const { userName, isLogout } = await messages.receive(gathered, origin);
    if (isLogout) return answered(202, `Empty or logout Message Received from ${userName}`);
    return answered(201, `Message Received from ${userName}`);
  }

  return { IDENTIFY: identify, AUTHENTICATE: authenticate, MESSAGE: message, take };
}

// The lone text `logout`, or an empty one, ends the session and is stored as `logout`; contract 1.
function gatheredMessageIn(body: GatherBody): GatheredMessage {
  const { token, message, producer, number } = parseFields(messageRequest, body);
  const isLogout = message === '' || message === 'logout';
  const texts = isLogout ? ['logout'] : typeof message === 'string' ? [message] : message;
  return { token, messages: messageList(texts), isLogout, producer: producerNumbers(producer, number) };
}

function producerNumbers(producer?: string, number?: number): ProducerNumbers | undefined {
  if (producer === undefined && number === undefined) return undefined;
  if (producer === undefined) throw new AppError('request.missing_field', { details: { field: 'producer' } });
  if (number === undefined) throw new AppError('request.missing_field', { details: { field: 'number' } });
  return { id: producer.toLowerCase(), first: number };
}
