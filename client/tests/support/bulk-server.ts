import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answer, problem } from './raw-server.js';

/** A request to `POST /v1/messages` whose body is still to be read. */
export interface BulkRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Which one it is, from 1. */
  readonly count: number;
}

export interface BulkServerOptions {
  /** Takes a request over where it returns true. */
  readonly onRequest?: (seen: BulkRequest) => boolean;
  /** Called for each message before it is stored; false refuses its line. */
  readonly accept?: (message: unknown) => boolean;
  /** Called when some lines are stored and before they are acknowledged; false breaks the connection off instead. */
  readonly onStored?: (stored: number, seen: BulkRequest) => boolean;
}

/** A bare server of `/v1` and the logins of contract 1, that lets everybody in and misbehaves exactly as told. */
export interface BulkServer extends AsyncDisposable {
  readonly url: string;
  /** What stands on each line that was stored, in order. */
  readonly stored: readonly Record<string, unknown>[];
  /** The paths that were asked for, with their method. */
  readonly seen: readonly string[];
}

/** Starts it on a free port. Dispose of it to close it with its connections. */
export async function startBulkServer(options: BulkServerOptions = {}): Promise<BulkServer> {
  const stored: Record<string, unknown>[] = [];
  const seen: string[] = [];
  const numbers = new Map<string, number>();
  let bulkRequests = 0;
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    seen.push(`${request.method ?? ''} ${path}`);
    response.on('error', () => undefined);
    request.on('error', () => undefined);
    if (path === '/v1/messages') {
      bulkRequests += 1;
      const one = { request, response, count: bulkRequests };
      if (options.onRequest?.(one) !== true) void take(one, options, stored, numbers).catch(() => undefined);
    } else if (path.startsWith('/v1/producers/')) {
      const producer = path.slice('/v1/producers/'.length);
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ producer, last: numbers.get(producer) ?? 0 }));
    } else answer(response, 201, 'welcome', { token: 'new' });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    stored,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function take(
  one: BulkRequest,
  { accept, onStored }: BulkServerOptions,
  stored: Record<string, unknown>[],
  numbers: Map<string, number>,
): Promise<void> {
  const { request, response } = one;
  const isStreaming = request.headers.accept === 'application/x-ndjson';
  const producer = String(request.headers['gather-producer']);
  let number = Number(request.headers['gather-sequence']);
  const counts = { accepted: 0, duplicates: 0, last: null as number | null };
  let rest = '';
  request.setEncoding('utf8');
  const tell = (line: object): void => {
    if (!response.headersSent) response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
    response.write(`${JSON.stringify(line)}\n`);
  };
  for await (const chunk of request as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const item = JSON.parse(line) as Record<string, unknown>;
      if (accept?.(item['message']) === false) {
        const refusal = { status: 400, detail: 'Line 0: no', code: 'message.malformed', ...counts };
        const line = { ...refusal, line: counts.accepted + counts.duplicates + 1 };
        if (response.headersSent) response.end(`${JSON.stringify(line)}\n`);
        else problem(response, line);
        return;
      }
      const last = numbers.get(producer) ?? 0;
      if (number > last + 1) throw new Error('a gap');
      if (number <= last) counts.duplicates += 1;
      else {
        stored.push(item);
        numbers.set(producer, number);
        counts.accepted += 1;
        counts.last = stored.length;
      }
      number += 1;
    }
    if (lines.length === 0) continue;
    if (onStored?.(stored.length, one) === false) {
      response.socket?.resetAndDestroy();
      return;
    }
    if (isStreaming) tell(counts);
  }
  if (!isStreaming) {
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(counts));
    return;
  }
  tell({ ...counts, done: true });
  response.end();
}
