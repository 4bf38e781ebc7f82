import type { SocketAddress } from '../../config/setting-kinds.js';
import type { OnDrop } from '../drop-logs.js';
import { behindCertificate, type CertificateGateDeps } from '../certificate-gate.js';
import { assertLoopback, type Gateway } from '../gateway.js';
import { TcpGateway, type Converse, type TcpOptions } from '../tcp-gateway.js';
import type { AnswerCredentials } from './credentials-answers.js';
import { CredentialsConversation } from './credentials-conversation.js';

/** How the credentials gateway listens. */
export interface CredentialsOptions extends TcpOptions {
  /**
   * What decides on certificates, where its clients need one, of an active account: else it stays on loopback. Whom they ask about is
   * not theirs to be: a service asks about its users.
   */
  readonly gate?: CertificateGateDeps | undefined;
}

/** Opens the gateway of contract 4. @throws AppError `config.invalid` where it cannot listen, or anybody could get there */
export function openCredentialsGateway(
  at: SocketAddress,
  answer: AnswerCredentials,
  { gate, ...options }: CredentialsOptions,
  onDrop: OnDrop,
): Promise<Gateway> {
  if (gate === undefined || options.secure === undefined) assertLoopback('GATHERD_CREDENTIALS', at);
  const converse: Converse = (socket, address) =>
    new CredentialsConversation(socket, (request) => answer(request, address));
  const gated = gate === undefined ? converse : behindCertificate(converse, gate);
  return TcpGateway.open('credentials', at, gated, options, onDrop);
}
