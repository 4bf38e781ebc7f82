import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** One request as it arrived. */
export interface ScriptedRequest {
  /** Method and path, without the query: `GET /v1/users`. */
  readonly route: string;
  readonly query: URLSearchParams;
  /** The bearer token; undefined where there was none. */
  readonly token: string | undefined;
  readonly body: unknown;
}

/**
 * What is answered: a status with a body, which is problem details from 400 on; nothing but a broken connection; or nothing
 * for as long as the server is there.
 */
export type ScriptedAnswer = { readonly status: number; readonly body?: object } | 'break' | 'nothing';

/** What each route answers; a route that is missing is a 404. */
export type Script = Readonly<Record<string, (request: ScriptedRequest, count: number) => ScriptedAnswer>>;

/** A bare server that answers as its script says and remembers what it was asked. */
export interface ScriptedServer extends AsyncDisposable {
  readonly url: string;
  readonly seen: readonly ScriptedRequest[];
}

/** Starts it on a free port. Dispose of it to close it with its connections. */
export async function startScriptedServer(script: Script): Promise<ScriptedServer> {
  const seen: ScriptedRequest[] = [];
  const server = createServer((request, response) => {
    void requestOf(request).then((one) => {
      seen.push(one);
      const count = seen.filter(({ route }) => route === one.route).length;
      const missing = {
        status: 404,
        body: problemBody(404, 'request.not_found', 'There is nothing at this path'),
      };
      respond(response, script[one.route]?.(one, count) ?? missing);
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

/** A refusal of `/v1`. */
export function refusal(status: number, code: string, detail: string): ScriptedAnswer {
  return { status, body: problemBody(status, code, detail) };
}

function problemBody(status: number, code: string, detail: string): object {
  return { type: 'about:blank', title: 'x', status, code, detail };
}

async function requestOf(request: IncomingMessage): Promise<ScriptedRequest> {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
  const body = await text(request);
  return {
    route: `${request.method ?? ''} ${pathname}`,
    query: searchParams,
    token: request.headers.authorization?.replace('Bearer ', ''),
    body: body === '' ? undefined : JSON.parse(body),
  };
}

function respond(response: ServerResponse, answer: ScriptedAnswer): void {
  if (answer === 'nothing') return;
  if (answer === 'break') {
    response.socket?.resetAndDestroy();
    return;
  }
  const { status, body } = answer;
  const type =
    status >= 400 && !('status_code' in (body ?? {})) ? 'application/problem+json' : 'application/json';
  response.writeHead(status, body === undefined ? {} : { 'Content-Type': type });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
