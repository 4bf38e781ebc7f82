import type { SocketAddress } from '../../config/setting-kinds.js';
import type { OnDrop } from '../drop-logs.js';
import { assertLoopback, type Gateway } from '../gateway.js';
import { TcpGateway, type TcpOptions } from '../tcp-gateway.js';
import type { AnswerCredentials } from './credentials-answers.js';
import { CredentialsConversation } from './credentials-conversation.js';

/** How the credentials gateway listens. */
export interface CredentialsOptions extends TcpOptions {
  /** Whether its clients need a certificate: else it stays on loopback. */
  readonly isMutual?: boolean;
}

/** Opens the gateway of contract 4. @throws AppError `config.invalid` where it cannot listen, or anybody could get there */
export function openCredentialsGateway(
  at: SocketAddress,
  answer: AnswerCredentials,
  { isMutual = false, ...options }: CredentialsOptions,
  onDrop: OnDrop,
): Promise<Gateway> {
  if (!isMutual) assertLoopback('GATHERD_CREDENTIALS', at);
  return TcpGateway.open(
    'credentials',
    at,
    (socket, address) => new CredentialsConversation(socket, (request) => answer(request, address)),
    options,
    onDrop,
  );
}
