import { once } from 'node:events';
import { Agent, request as ask, type RequestOptions } from 'node:https';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json, text as readText } from 'node:stream/consumers';
import { AsyncDisposableStack } from '@whatwg-node/disposablestack';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import { FEED_PROTOCOL, TICKET_PROTOCOL_PREFIX } from '../../../protocol/feed.js';
import type { UserCreation } from '../../../protocol/accounts.js';
import type { Caller } from '../../features/sessions/session-service.js';
import { answerPlain } from '../../http/connections/answer-plain.js';
import { createHttpServer } from '../../http/http-server.js';
import { ChatClient } from './chat-client.js';
import { InProcessGatherd } from './in-process-gatherd.js';
import { PASSWORD } from './services-rig.js';
import { temporaryDirectory } from './temporary-directory.js';
import {
  makeTestAuthority,
  type TestAuthority,
  type TestPair,
  type WrittenAuthority,
} from './test-authority.js';

/** A certificate with its key, or none. */
export type Shown = Pick<TestPair, 'certPem' | 'keyPem'> | undefined;

/** What is asked over HTTPS. */
export interface Asked {
  readonly method?: string;
  readonly token?: string | undefined;
  readonly body?: object | string | undefined;
  readonly agent?: Agent;
  /** Of the page that asks. */
  readonly origin?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What was answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
}

const LIMITS = { headersTimeout: 10_000, requestTimeout: 30_000, idleTimeout: 60_000, maxConnections: 100 };
const DAY_MS = 86_400_000;
const OPERATOR = { endpoint: 'local', door: 'operator' } as const;

/** A gatherd whose doors all ask for client certificates, with an authority that issues them. Its clock begins a day ago. */
export class MutualRig implements AsyncDisposable {
  readonly gatherd: InProcessGatherd;
  readonly authority: TestAuthority;
  readonly files: WrittenAuthority;
  readonly #server: Server;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    parts: Pick<MutualRig, 'gatherd' | 'authority' | 'files'>,
    server: Server,
    stack: AsyncDisposableStack,
  ) {
    this.gatherd = parts.gatherd;
    this.authority = parts.authority;
    this.files = parts.files;
    this.#server = server;
    this.#stack = stack;
  }

  /** @param rule - whether a certificate can stand for a password */
  static async open(rule: 'factor' | 'alone'): Promise<MutualRig> {
    const stack = new AsyncDisposableStack();
    const directory = stack.use(await temporaryDirectory());
    const authority = await makeTestAuthority();
    const files = await authority.writeTo(join(directory.path, 'tls'));
    const gatherd = stack.use(
      await InProcessGatherd.start({
        GATHERD_TLS_CERT: files.serverCert,
        GATHERD_TLS_KEY: files.serverKey,
        GATHERD_TLS_CLIENT_CA: files.ca,
        GATHERD_TLS_CLIENT_LOGIN: rule,
        GATHERD_HTTP_TLS: 'mutual',
        GATHERD_CHAT: '127.0.0.1:0',
        GATHERD_CHAT_TLS: 'mutual',
        GATHERD_CREDENTIALS: '127.0.0.1:0',
        GATHERD_CREDENTIALS_TLS: 'mutual',
      }),
    );
    gatherd.clock.advance(Date.now() - DAY_MS - gatherd.clock.now().getTime());
    await gatherd.openGateways();
    const { wired } = gatherd;
    const https = wired.tls?.secureHttp('mutual', answerPlain);
    const observers = { logger: pino({ level: 'silent' }), onRefusal: () => undefined };
    const server = createHttpServer(wired, LIMITS, { ...observers, unanswered: wired.unanswered }, https);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new MutualRig({ gatherd, authority, files }, server, stack);
  }

  /** Makes an account with a password, unless another is wanted. */
  async create(username: string, more: Partial<UserCreation> = {}): Promise<void> {
    const { registrations } = this.gatherd.services;
    await registrations.create(OPERATOR, { username, password: PASSWORD, ...more });
  }

  /** A certificate as an authority issues it an hour after the accounts were made. */
  issue(name: string): Promise<TestPair> {
    return this.authority.clientPair(name, { from: new Date(Date.now() - DAY_MS + DAY_MS / 24) });
  }

  /** Who administers, for what tests change. */
  async administrator(): Promise<Caller> {
    const { services } = this.gatherd;
    const root = await services.users.findByNameKey('root');
    if (root === undefined) throw new Error('there is no root');
    const endpoint = '127.0.0.1';
    const { token } = await services.sessions.openLogin(root, { endpoint, client: '' });
    return { session: services.sessions.authorize(token, endpoint), endpoint, door: 'http' };
  }

  /** Asks something, over a connection of its own unless it has an agent. */
  async ask(
    shown: Shown,
    path: string,
    { method, token, body, agent, origin, headers: more }: Asked = {},
  ): Promise<Answer> {
    const sent = typeof body === 'object' ? JSON.stringify(body) : body;
    const request = ask({
      ...{ ...this.#connection(shown), path, agent: agent ?? false },
      method: method ?? (sent === undefined ? 'GET' : 'POST'),
      headers: {
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(origin === undefined ? {} : { Origin: origin }),
        ...(sent === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...more,
      },
    });
    request.end(sent);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const type = String(response.headers['content-type']);
    const answered = type.includes('json') ? await json(response) : { text: await readText(response) };
    const { statusCode: status = 0, headers } = response;
    return { status, headers, body: answered as Answer['body'] };
  }

  /** A login session by password. */
  async login(shown: Shown, username: string): Promise<string> {
    const { body } = await this.ask(shown, '/v1/sessions', { body: { username, password: PASSWORD } });
    return String(body['token']);
  }

  /** Opens the feed as a WebSocket; answers the status where it is refused. */
  async follow(shown: Shown, credentials: { readonly token?: string; readonly ticket?: string }) {
    const { token, ticket } = credentials;
    const { host, port, ...tls } = this.#connection(shown);
    const protocols = [
      FEED_PROTOCOL,
      ...(ticket === undefined ? [] : [`${TICKET_PROTOCOL_PREFIX}${ticket}`]),
    ];
    const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    const socket = new WebSocket(`wss://${host}:${String(port)}/v1/feed`, protocols, { ...tls, headers });
    socket.on('error', () => undefined);
    const refused = once(socket, 'unexpected-response').then(([, response]) => response as unknown);
    const opened = once(socket, 'open').then(() => socket);
    return await Promise.race([
      opened,
      refused.then((response) => json(response as never) as Promise<object>),
    ]);
  }

  /** Says something to a gateway, and answers all that it says until it closes. */
  async tell(gateway: 'chat' | 'credentials', shown: Shown, said: string): Promise<string> {
    using client = await this.connect(gateway, shown);
    await client.send(said);
    return await client.closed();
  }

  /** Connects to a gateway. */
  connect(gateway: 'chat' | 'credentials', shown: Shown): Promise<ChatClient> {
    const { ca, cert, key } = this.#connection(shown);
    return ChatClient.open(this.gatherd.gateway(gateway), { ca, cert, key });
  }

  /** An agent that keeps its connection. */
  agent(shown: Shown): Agent {
    return new Agent({ ...this.#connection(shown), keepAlive: true, maxSockets: 1 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await this.#stack.disposeAsync();
  }

  #connection(shown: Shown) {
    const { port } = this.#server.address() as AddressInfo;
    const { certPem: cert, keyPem: key } = shown ?? {};
    return { host: '127.0.0.1', port, ca: this.authority.caPem, cert, key } satisfies RequestOptions;
  }
}
