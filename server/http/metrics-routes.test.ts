import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Express } from 'express';
import { pino } from 'pino';
import request from 'supertest';
import { describe, expect, test } from 'vitest';
import { createApp } from '../app.js';
import { Secret } from '../config/setting-kinds.js';
import { createMetricsRoutes } from './metrics-routes.js';
import { createRefusalLog } from './refusal-log.js';

const TOKEN = 'correct horse battery';
const EXPOSITION = {
  contentType: 'text/plain; version=0.0.4; charset=utf-8',
  text: () => Promise.resolve('up 1\n'),
};

function appWith(token?: string): Express {
  return createApp({
    gatherDoor: () => Promise.resolve(),
    bulkDoor: () => Promise.resolve(),
    routers: [createMetricsRoutes(EXPOSITION, token === undefined ? undefined : new Secret(token))],
    assertHost: () => undefined,
    idempotency: (_request, _response, next) => {
      next();
    },
    addressOf: () => '127.0.0.1',
    logRefusal: createRefusalLog(pino({ level: 'silent' })),
    newRequestId: () => 'id',
    headers: {},
  });
}

describe('without a token', () => {
  test('a client on this machine reads them', async () => {
    const reply = await request(appWith()).get('/metrics').expect(200, 'up 1\n');
    expect(reply.headers).toMatchObject({
      'content-type': EXPOSITION.contentType,
      'cache-control': 'no-store',
    });
  });

  test.each([
    ['X-Forwarded-For', '127.0.0.1'],
    ['X-Forwarded-For', '203.0.113.9'],
    ['X-Forwarded-For', ''],
    ['Forwarded', 'for=127.0.0.1'],
    ['X-Real-IP', '127.0.0.1'],
    ['Via', '1.1 proxy'],
    ['X-Forwarded-Host', 'gather.example'],
    ['X-Forwarded-Proto', 'https'],
    ['X-Forwarded-Server', 'proxy'],
    ['CF-Connecting-IP', '203.0.113.9'],
    ['CF-Ray', '230b030023ae2822-SJC'],
  ])('what a proxy on this machine passes on is not from this machine: %s: %s', async (name, value) => {
    const reply = await request(appWith()).get('/metrics').set(name, value).expect(403);
    expect(reply.body).toMatchObject({ code: 'permission.missing', permission: 'metrics' });
  });

  test('no header opens them to another machine', async (context) => {
    const address = otherAddress();
    if (address === undefined) {
      context.skip();
      return;
    }
    const server = createServer(appWith()).listen(0, address);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      await request(`http://${address}:${String(port)}`)
        .get('/metrics')
        .expect(403);
      await request(`http://${address}:${String(port)}`)
        .get('/metrics')
        .set({ 'X-Forwarded-For': '127.0.0.1', Authorization: `Bearer ${TOKEN}` })
        .expect(403);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

describe('with a token', () => {
  test.each([`Bearer ${TOKEN}`, `bearer ${TOKEN}`, `Bearer   ${TOKEN} `])('%j reads them', async (value) => {
    await request(appWith(TOKEN)).get('/metrics').set('Authorization', value).expect(200);
  });

  test('whoever has it reads them through a proxy too', async () => {
    const headers = { Authorization: `Bearer ${TOKEN}`, 'X-Forwarded-For': '203.0.113.9' };
    await request(appWith(TOKEN)).get('/metrics').set(headers).expect(200);
  });

  test.each([undefined, '', 'Basic Z2F0aGVyZDp4', TOKEN])(
    '%j is none, also on this machine',
    async (value) => {
      const asked = request(appWith(TOKEN)).get('/metrics');
      const reply = await (value === undefined ? asked : asked.set('Authorization', value)).expect(401);
      expect(reply.body).toMatchObject({ code: 'token.missing' });
      expect(reply.headers['www-authenticate']).toMatch(/^Bearer/);
    },
  );

  test.each([`${TOKEN}!`, TOKEN.slice(0, -1), TOKEN.toUpperCase(), 'x'.repeat(8000)])(
    'a wrong one is refused',
    async (value) => {
      const reply = await request(appWith(TOKEN))
        .get('/metrics')
        .set('Authorization', `Bearer ${value}`)
        .expect(401);
      expect(reply.body).toMatchObject({ code: 'token.invalid' });
      expect(reply.headers['www-authenticate']).toMatch(/^Bearer/);
    },
  );
});

test('another method is refused', async () => {
  const reply = await request(appWith()).post('/metrics').expect(405);
  expect(reply.headers['allow']).toBe('GET');
});

function otherAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return all.find(({ internal, family }) => !internal && family === 'IPv4')?.address;
}
