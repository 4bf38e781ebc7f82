import { overview, overviewQuery, type Overview } from '../../../protocol/overview.js';
import type { Operation } from '../openapi/operation.js';

const EXAMPLE: Overview = {
  now: '2026-11-21T02:44:57.123Z',
  started_at: '2026-11-21T02:44:54.022Z',
  range: '10m',
  step: 1,
  until: '2026-11-21T02:44:57.000Z',
  total: { messages: [2, 0, 3], bytes: [24, 0, 41] },
  by_user: [
    { name: 'dale', messages: [2, 0, 2], bytes: [24, 0, 30] },
    { name: null, messages: [0, 0, 1], bytes: [0, 0, 11] },
  ],
  by_topic: [
    { name: 'app', messages: [2, 0, 1], bytes: [24, 0, 11] },
    { name: '', messages: [0, 0, 2], bytes: [0, 0, 30] },
  ],
  commits: { count: [1, 0, 2], mean_ms: [1.25, null, 1.5], max_ms: [1.25, null, 2.1] },
  dump: { last_seq: 1234, bytes: 98_765, segments: 1, free_bytes: 50_000_000_000, queued_bytes: 0 },
  endpoints: [
    {
      user: 'dale',
      endpoint: '127.0.0.1',
      kind: 'login',
      client: 'gather/1.0.0',
      last_seen_at: '2026-11-21T02:44:57.101Z',
    },
  ],
  endpoint_count: 1,
  spooling: [
    {
      user: 'dale',
      producer: '0b2c7f2e-5f0c-4a1e-9b4e-3c0d6e1f2a3b',
      last: 41,
      last_seen_at: '2026-11-21T02:44:56.990Z',
    },
  ],
  spooling_count: 1,
  subscriptions: 1,
};

/** How the server stands, for whoever may read everybody's messages. */
export const OVERVIEW_OPERATIONS: readonly Operation[] = [
  {
    method: 'GET',
    path: '/v1/overview',
    id: 'overview',
    tag: 'Messages',
    summary: 'What was stored lately, who is connected, and how the dump stands',
    description:
      'What this process has stored since it started, in steps of the clock; only steps that are complete are told, so two ' +
      'answers agree about them. Sessions, streams and files are looked at about once a second, however often they are asked for. ' +
      'The example is shortened: `10m` has 600 steps, `2h` and `24h` have 720.',
    access: 'messages:read',
    parameters: { query: overviewQuery },
    answers: {
      200: {
        description: 'The overview.',
        content: [
          {
            mediaType: 'application/json',
            schema: { name: 'Overview', type: overview },
            examples: { shortened: EXAMPLE },
          },
        ],
      },
    },
    refusals: ['request.invalid_field'],
    refusalForm: 'problem',
  },
];
