import { expect, test } from 'vitest';
import type { Overview } from '../../../protocol/overview.js';
import { refusal, startScriptedServer } from '../../tests/support/scripted-server.js';
import { senderOptions } from '../../tests/support/sender-options.js';
import { RequestSender } from '../requests/request-sender.js';
import { createOverviewApi } from './overview-api.js';

const TIME = '2026-11-21T02:44:57.123Z';
const OVERVIEW: Overview = {
  ...{ now: TIME, started_at: TIME, until: TIME, range: '2h', step: 10 },
  total: { messages: [1], bytes: [3] },
  by_user: [{ name: 'dale', messages: [1], bytes: [3] }],
  by_topic: [{ name: '', messages: [1], bytes: [3] }],
  commits: { count: [1], mean_ms: [1.5], max_ms: [null] },
  dump: { last_seq: 1, bytes: 1, segments: 1, free_bytes: null, queued_bytes: 0 },
  ...{ endpoints: [], endpoint_count: 0, spooling: [], spooling_count: 0, subscriptions: 0 },
};

test('a range is asked for, and what is answered is given back', async () => {
  await using server = await startScriptedServer({
    'GET /v1/overview': () => ({ status: 200, body: OVERVIEW }),
  });
  using api = createOverviewApi(new RequestSender(senderOptions(server.url)));
  expect(await api.overview('t', '2h')).toEqual(OVERVIEW);
  expect(server.seen.map(({ token, query }) => [token, String(query)])).toEqual([['t', 'range=2h']]);
});

test('a refusal says what is wrong', async () => {
  await using server = await startScriptedServer({
    'GET /v1/overview': () => refusal(403, 'permission.missing', 'The permission messages:read is needed'),
  });
  using api = createOverviewApi(new RequestSender(senderOptions(server.url)));
  await expect(api.overview('t', '10m')).rejects.toMatchObject({ problem: { code: 'permission.missing' } });
});
