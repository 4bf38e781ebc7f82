import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { lastingPort } from '../../../server/tests/support/lasting-port.js';

/** One request as it arrived. */
interface SeenRequest {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What a raw server does with the n-th request, from 1, once its body is there. */
export type Behaviour = (response: ServerResponse, seen: SeenRequest, count: number) => void;

/** A bare HTTP server on a free port, that behaves badly exactly as told and remembers what it saw. */
export interface RawServer extends AsyncDisposable {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
}

/** Starts a raw server. Dispose of it to close it with its connections. */
export async function startRawServer(behave: Behaviour): Promise<RawServer> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    void readRequest(request).then((one) => {
      seen.push(one);
      behave(response, one, seen.length);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function readRequest(request: IncomingMessage): Promise<SeenRequest> {
  let text = '';
  request.setEncoding('utf8');
  for await (const chunk of request) text += String(chunk);
  const body: unknown = text === '' ? {} : JSON.parse(text);
  return { path: request.url ?? '', body: body as SeenRequest['body'] };
}

/** Answers as contract 1 says, or with another HTTP status where one is given. */
export function answer(
  response: ServerResponse,
  code: number,
  message: string,
  more: { httpStatus?: number; headers?: Record<string, string>; token?: string } = {},
): void {
  response.writeHead(more.httpStatus ?? code, { 'Content-Type': 'application/json', ...more.headers });
  const token = more.token === undefined ? {} : { token: more.token };
  response.end(
    JSON.stringify({ status_code: code, status_message: message, status_description: 'x', ...token }),
  );
}

/** Answers with problem details (RFC 9457). */
export function problem(
  response: ServerResponse,
  details: { readonly status: number; readonly detail: string } & Readonly<Record<string, unknown>>,
): void {
  response.writeHead(details.status, { 'Content-Type': 'application/problem+json; charset=utf-8' });
  response.end(JSON.stringify({ type: 'about:blank', ...details }));
}

/** The address of a port of this machine where nothing listens. */
export async function unusedAddress(): Promise<string> {
  return `http://127.0.0.1:${String(await lastingPort())}`;
}
