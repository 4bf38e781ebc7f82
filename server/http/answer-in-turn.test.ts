import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import request from 'supertest';
import { afterEach, expect, test } from 'vitest';
import { Turns } from '../net/turns.js';
import { RawConnection } from '../tests/support/raw-connection.js';
import { until } from '../tests/support/until.js';
import { answerInTurn } from './answer-in-turn.js';

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

let server: Server;
let answered = 0;
let held = 0;
let closed = 0;

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function start(): Promise<string> {
  const turns = new Turns(1);
  const app = express();
  answered = held = closed = 0;
  // Its answer never comes, and what stands behind it on its connection waits.
  app.get('/held', () => {
    held += 1;
  });
  app.get('/', async (asked, response) => {
    await answerInTurn(turns, 'dale', asked, response, () => {
      answered += 1;
      return Promise.resolve(response.json({ answered }));
    });
  });
  server = app.listen(0, '127.0.0.1');
  server.on('connection', (socket) => {
    socket.on('close', () => (closed += 1));
  });
  await once(server, 'listening');
  return `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

test('who leaves before the answer has found its way is waited for no longer', async () => {
  const address = await start();
  const client = await RawConnection.open(address);
  await client.send(get('/held') + get('/'));
  await until('the answer waits behind the other', () => held === 1 && answered === 1);
  const next = request(`http://${address}`)
    .get('/')
    .then(({ body }) => body as unknown);
  client.socket.destroy();
  expect(await next).toEqual({ answered: 2 });
});

test('who has left before its turn is not answered', async () => {
  const address = await start();
  const first = await RawConnection.open(address);
  await first.send(get('/held') + get('/'));
  await until('the first has its turn', () => answered === 1);
  const gone = await RawConnection.open(address);
  await gone.send(get('/') + get('/held'));
  await until('the second waits for its turn', () => held === 2);
  gone.socket.destroy();
  await until('it has left', () => closed === 1);
  first.socket.destroy();
  const { body } = (await request(`http://${address}`).get('/')) as { body: unknown };
  expect(body).toEqual({ answered: 2 });
});
