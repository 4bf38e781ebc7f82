import { once } from 'node:events';
import { createServer, get, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createRequestMeter } from './request-meter.js';
import { CUT_OFF } from './request-recorder.js';

interface Noted {
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

async function meteredServer(listener: RequestListener) {
  const notes: Noted[] = [];
  let onNote: () => void = () => undefined;
  const meter = createRequestMeter(
    ({ url = '' }) => url,
    (route, status, seconds) => {
      notes.push({ route, status, seconds });
      onNote();
    },
  );
  const server = createServer((request, response) => {
    meter(request, response);
    listener(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    notes,
    port: (server.address() as AddressInfo).port,
    noted: () =>
      new Promise<void>((resolve) => {
        if (notes.length > 0) resolve();
        else onNote = resolve;
      }),
    [Symbol.dispose]: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

test('a request is noted once, with the status of its answer and how long it took', async () => {
  using server = await meteredServer((_request, response) => response.writeHead(503).end('no'));
  const response = await fetch(`http://127.0.0.1:${String(server.port)}/here`);
  await response.text();
  await server.noted();
  expect(server.notes).toEqual([{ route: '/here', status: 503, seconds: expect.any(Number) as number }]);
  expect(server.notes[0]?.seconds).toBeLessThan(10);
});

test('a request whose client went away before its answer is noted as cut off', async () => {
  using server = await meteredServer((request) => {
    request.socket.destroy();
  });
  const sent = get({ host: '127.0.0.1', port: server.port, path: '/gone', agent: false });
  await once(sent, 'error');
  await server.noted();
  expect(server.notes).toMatchObject([{ route: '/gone', status: CUT_OFF }]);
});
