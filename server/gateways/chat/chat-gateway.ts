import type { SocketAddress } from '../../config/setting-kinds.js';
import type { Caller } from '../../features/sessions/session-service.js';
import { behindCertificate } from '../certificate-gate.js';
import { Departures } from '../departures.js';
import { assertLoopback, type CountTry, type Gateway } from '../gateway.js';
import type { OnDrop } from '../drop-logs.js';
import { TcpGateway, type Conversation, type Converse, type TcpOptions } from '../tcp-gateway.js';
import type { ChatContext } from './chat-connection.js';
import { createChatLogin, type ChatLoginServices, type Entrant } from './chat-login.js';
import { LoginConversation } from './login-conversation.js';
import { OpenConversation } from './open-conversation.js';

/** What the chat gateway works with. */
export interface ChatGatewayDeps extends ChatContext {
  readonly services: ChatLoginServices;
  /** Counts a try of a password. */
  readonly countTry: CountTry;
}

/** Where and how the chat gateway listens. */
export interface ChatGatewayOptions extends TcpOptions {
  readonly at: SocketAddress;
  /** Whether anybody is let in, without a name. */
  readonly isOpen: boolean;
}

/**
 * Opens the gateway of contract 5.
 *
 * @param onDrop - told of each connection that is one too many
 * @throws AppError `config.invalid` where it cannot listen, or others could read along or come in without a name
 */
export async function openChatGateway(
  { at, isOpen, ...options }: ChatGatewayOptions,
  deps: ChatGatewayDeps,
  onDrop: OnDrop,
): Promise<Gateway> {
  if (isOpen || options.secure === undefined) assertLoopback('GATHERD_CHAT', at);
  const departures = new Departures('chat', deps.logger);
  const { certificates } = deps.services;
  const converse = behindCertificate(isOpen ? openly(deps) : afterLogin(deps, departures), {
    ...{ gateway: 'chat', certificates, noteRefusal: deps.noteRefusal },
  });
  const gateway = await TcpGateway.open('chat', at, converse, options, onDrop);
  return {
    name: gateway.name,
    address: gateway.address,
    [Symbol.asyncDispose]: async () => {
      await gateway[Symbol.asyncDispose]();
      await departures.settled();
    },
  };
}

function openly(deps: ChatGatewayDeps): Converse {
  return (socket, endpoint) => {
    try {
      return new OpenConversation(socket, endpoint, deps);
    } catch (error) {
      deps.noteRefusal(error, { gateway: 'chat', action: 'connect', endpoint });
      socket.destroy();
      return NOBODY;
    }
  };
}

const NOBODY: Conversation = {
  take: () => undefined,
  end: () => undefined,
  expire: () => undefined,
  drop: () => undefined,
};

function afterLogin(deps: ChatGatewayDeps, departures: Departures): Converse {
  const letGo = (entrant: Entrant) => {
    void departures.letGo(entrant);
  };
  const { services, countTry } = deps;
  const assertMayChat = (caller: Caller) => {
    services.access.assert(caller, 'chat');
  };
  const context = { ...deps, logIn: createChatLogin(services, countTry), assertMayChat, letGo };
  return (socket, endpoint, certificate) => new LoginConversation(socket, { endpoint, certificate }, context);
}
