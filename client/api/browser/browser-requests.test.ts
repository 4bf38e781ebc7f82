import { AsyncDisposableStack } from '@whatwg-node/disposablestack';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { refusal, type Script, startScriptedServer } from '../../tests/support/scripted-server.js';
import type { PlainRequest } from '../request-port.js';
import { BrowserRequests } from './browser-requests.js';
import { PATIENCE_MS } from '../../../server/tests/support/patience.js';

const GET: PlainRequest = { method: 'get', path: '/v1/account', headers: {}, isRepeatable: true };
const POST: PlainRequest = {
  method: 'post',
  path: '/v1/messages?x=1',
  headers: { 'Content-Type': 'application/json' },
  body: new TextEncoder().encode('{"message":"é"}'),
  isRepeatable: false,
};

describe('a page’s requests', () => {
  let resources: AsyncDisposableStack;
  beforeEach(() => {
    resources = new AsyncDisposableStack();
  });
  afterEach(() => resources.disposeAsync());

  async function start(script: Script, answerTimeoutMs = PATIENCE_MS) {
    const server = resources.use(await startScriptedServer(script));
    const requests = resources.use(
      new BrowserRequests({ server: server.url, answerTimeoutMs, now: Date.now }),
    );
    return { server, requests };
  }

  test('are sent with their bytes, and answer the text', async () => {
    const { server, requests } = await start({
      'POST /v1/messages': () => ({ status: 201, body: { seq: 7 } }),
    });
    const { text, headers } = await requests.request(POST);
    expect([text, headers['content-type']]).toEqual(['{"seq":7}', 'application/json']);
    expect(server.seen).toHaveLength(1);
    expect(server.seen[0]).toMatchObject({ body: { message: 'é' }, token: undefined });
    expect(server.seen[0]?.query.get('x')).toBe('1');
  });

  test('answer no text where there is none', async () => {
    const { requests } = await start({ 'GET /v1/account': () => ({ status: 204 }) });
    expect((await requests.request(GET)).text).toBe('');
  });

  test('are refused with the code that the server says', async () => {
    const { requests } = await start({ 'GET /v1/account': () => refusal(401, 'session.invalid', 'No more') });
    await expect(requests.request(GET)).rejects.toMatchObject({
      ...{ name: 'GatherError', kind: 'not_permitted', status: 401 },
      problem: { code: 'session.invalid', detail: 'No more' },
    });
  });

  test('are not sent again where the connection breaks, and nobody knows what became of them', async () => {
    const { server, requests } = await start({
      'GET /v1/account': () => 'break',
      'POST /v1/messages': () => 'break',
    });
    for (const request of [GET, POST])
      await expect(requests.request(request)).rejects.toMatchObject({
        ...{ name: 'GatherError', kind: 'unknown_outcome', status: undefined },
      });
    expect(server.seen).toHaveLength(2);
  });

  test('are not waited for for longer than is said', async () => {
    const { requests } = await start({ 'GET /v1/account': () => 'nothing' }, 50);
    await expect(requests.request(GET)).rejects.toMatchObject({ kind: 'unknown_outcome', status: undefined });
  });

  test('are broken off where nobody wants them any more', async () => {
    const { server, requests } = await start({ 'GET /v1/account': () => 'nothing' });
    const asked = requests.request(GET).catch((error: unknown) => error);
    await expect.poll(() => server.seen.length).toBe(1);
    requests[Symbol.dispose]();
    expect(await asked).toMatchObject({ name: 'GatherError', status: undefined });
  });
});
