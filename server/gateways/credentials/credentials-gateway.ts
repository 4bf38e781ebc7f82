import type { SocketAddress } from '../../config/setting-kinds.js';
import type { ConnectionLimits } from '../connection-limits.js';
import type { OnDrop } from '../drop-logs.js';
import { assertLoopback, type Gateway } from '../gateway.js';
import { TcpGateway, type TcpLimits } from '../tcp-gateway.js';
import type { AnswerCredentials } from './credentials-answers.js';
import { CredentialsConversation } from './credentials-conversation.js';

/** Opens the gateway of contract 4. @throws AppError `config.invalid` where it cannot listen, or not only on loopback */
export function openCredentialsGateway(
  at: SocketAddress,
  answer: AnswerCredentials,
  limits: TcpLimits & { readonly connections: ConnectionLimits },
  onDrop: OnDrop,
): Promise<Gateway> {
  assertLoopback('GATHERD_CREDENTIALS', at);
  return TcpGateway.open(
    'credentials',
    at,
    (socket, address) => new CredentialsConversation(socket, (request) => answer(request, address)),
    limits,
    onDrop,
  );
}
