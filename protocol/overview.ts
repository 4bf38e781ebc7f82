import * as z from 'zod';

const count = z.number().int().min(0);
const time = z.string().describe('UTC, RFC 3339.');

/** How far back the plots of an overview go, each with the seconds of one of its steps. */
export const OVERVIEW_RANGES = { '10m': 1, '2h': 10, '24h': 120 } as const;
export type OverviewRange = keyof typeof OVERVIEW_RANGES;

/** How many steps a range has: all of them as many. */
export const OVERVIEW_STEPS = { '10m': 600, '2h': 720, '24h': 720 } as const satisfies Record<
  OverviewRange,
  number
>;

/** How many users and topics are told apart in a range; the rest are told together. */
export const MAX_OVERVIEW_NAMES = 10;

/** How many sessions and how many numbered streams are told one by one; the rest are only counted. */
export const MAX_OVERVIEW_ROWS = 500;

/** The parameters of `GET /v1/overview`. */
export const overviewQuery = z.strictObject({
  range: z
    .enum(['10m', '2h', '24h'], { error: 'must be 10m, 2h or 24h' })
    .default('10m')
    .describe('Steps of 1, 10 and 120 seconds.'),
});

/** What was stored in each step, the oldest first; a step is as long as the range says. */
const load = z.object({
  messages: z.array(count).describe('Stored in each step, the oldest first.'),
  bytes: z.array(count).describe('Of these messages as JSON.'),
});
export type Load = z.infer<typeof load>;

const namedLoad = load.extend({
  name: z.string().nullable().describe('Empty: without a topic. Null: all others together.'),
});
export type NamedLoad = z.infer<typeof namedLoad>;

/** A session that is open, wherever it came from. */
const endpointSeen = z.object({
  user: z.string(),
  endpoint: z.string().describe('The address.'),
  kind: z.enum(['handshake', 'login']),
  client: z.string().describe('What the client said it is; empty where it said nothing.'),
  last_seen_at: time,
});
export type EndpointSeen = z.infer<typeof endpointSeen>;

/** A numbered stream, which is how a client with a spool ships. */
const spoolingClient = z.object({
  user: z.string().nullable().describe('As it is called now; null where the account is gone.'),
  producer: z.string().describe('The id of the stream, a UUID.'),
  last: count.describe('The last number stored.'),
  last_seen_at: time,
});
export type SpoolingClient = z.infer<typeof spoolingClient>;

/** The answer of `GET /v1/overview`: what this server has seen since it started, and how it stands. */
export const overview = z.object({
  now: time,
  started_at: time,
  range: z.enum(['10m', '2h', '24h']),
  step: z.number().int().describe('Seconds.'),
  until: time.describe('The end of the last step, which is complete.'),
  total: load,
  by_user: z
    .array(namedLoad)
    .describe(
      `At most ${String(MAX_OVERVIEW_NAMES)} with the most messages in the range, the most first, and all others behind them: together they are the total of each step.`,
    ),
  by_topic: z.array(namedLoad).describe('The same by topic.'),
  commits: z.object({
    count: z.array(count).describe('Commits in each step.'),
    mean_ms: z
      .array(z.number().nullable())
      .describe('From the first write to the end of the sync; null where there was none.'),
    max_ms: z.array(z.number().nullable()),
  }),
  dump: z.object({
    last_seq: count,
    bytes: count.describe('Of all segments.'),
    segments: count,
    free_bytes: count.nullable().describe('Of its disk; null where that is not known.'),
    queued_bytes: count.describe('Waiting for the next commit.'),
  }),
  endpoints: z.array(endpointSeen).describe('Open sessions, the last seen first; the first 500.'),
  endpoint_count: count.describe('Of all open sessions.'),
  spooling: z.array(spoolingClient).describe('Numbered streams, the last seen first; the first 500.'),
  spooling_count: count,
  subscriptions: count.describe('Connections to the live feed.'),
});
export type Overview = z.infer<typeof overview>;
