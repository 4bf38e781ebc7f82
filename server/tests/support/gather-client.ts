import { Agent, request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { Agent as SecureAgent, request as requestSecurely } from 'node:https';
import { text } from 'node:stream/consumers';
import { described } from './openapi-check.js';

/** An answer that has come as a whole. */
export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** What a request may have beside its body. */
export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A plain client of contract 1: one connection that is kept alive, unless more are asked for, and nothing that is
 * repeated or mended. A request that gets no whole answer rejects.
 */
export class GatherClient implements Disposable {
  readonly #port: number;
  readonly #localAddress: string | undefined;
  readonly #agent: Agent;
  readonly #isSecure: boolean;

  /** @param options - `localAddress`: the endpoint it speaks from; `ca`: speaks HTTPS, and trusts this; `keepAlive`: false, each
   * request has a connection of its own */
  constructor(
    server: { readonly port: number },
    options: { localAddress?: string; connections?: number; ca?: string; keepAlive?: boolean } = {},
  ) {
    this.#port = server.port;
    this.#localAddress = options.localAddress;
    const { connections: maxSockets = 1, ca, keepAlive = true } = options;
    this.#isSecure = ca !== undefined;
    this.#agent = this.#isSecure
      ? new SecureAgent({ keepAlive, maxSockets, ca, servername: 'localhost' })
      : new Agent({ keepAlive, maxSockets });
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  /** Sends a request; a body makes it JSON unless the headers say otherwise. */
  async send(path: string, body?: string | Uint8Array, options: RequestOptions = {}): Promise<Reply> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const send = this.#isSecure ? requestSecurely : request;
      const sent = send({
        host: '127.0.0.1',
        port: this.#port,
        path,
        agent: this.#agent,
        method: options.method ?? 'POST',
        ...(this.#localAddress === undefined ? {} : { localAddress: this.#localAddress }),
        headers: {
          ...(body === undefined
            ? {}
            : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }),
          ...options.headers,
        },
      });
      sent.once('response', resolve);
      sent.once('error', reject);
      sent.end(body);
    });
    const reply = { status: response.statusCode ?? 0, headers: response.headers, text: await text(response) };
    return described(options.method ?? 'POST', path, reply);
  }

  post(path: string, fields: object, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    return this.send(path, JSON.stringify(fields), { headers });
  }

  get(path: string): Promise<Reply> {
    return this.send(path, undefined, { method: 'GET' });
  }

  identify(username: string): Promise<Reply> {
    return this.post('/', { message_type: 'IDENTIFY', username });
  }

  authenticate(username: string, password: string): Promise<Reply> {
    return this.post('/', { message_type: 'AUTHENTICATE', username, password });
  }

  message(token: string, message: string | readonly string[]): Promise<Reply> {
    return this.post('/', { message_type: 'MESSAGE', token, message });
  }

  /** Identifies and authenticates; answers the token. */
  async login(username: string, password = 'pass'): Promise<string> {
    await this.identify(username);
    const reply = await this.authenticate(username, password);
    if (reply.status !== 201 && reply.status !== 202)
      throw new Error(`${username} could not log in: ${String(reply.status)} ${reply.text}`);
    return String(fieldsOf(reply)['token']);
  }
}

/** The fields of an answer's JSON object. */
export function fieldsOf(reply: Reply): Readonly<Record<string, unknown>> {
  return JSON.parse(reply.text) as Record<string, unknown>;
}

/** What an answer of contract 1 says. */
export function saidBy(reply: Reply): string {
  return String(fieldsOf(reply)['status_message']);
}

/** Logs one user in. */
export async function loginTo(server: { readonly port: number }, username: string): Promise<string> {
  using client = new GatherClient(server);
  return await client.login(username);
}
