import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { BulkUpload, sendBulk } from './support/bulk-client.js';
import { differenceOf, FeedResumer, wantedOf, type ResumerOptions } from './support/feed-resumer.js';
import { FeedServer } from './support/feed-server.js';
import { STREAM_KINDS } from './support/feed-stream.js';
import { GatherClient } from './support/gather-client.js';
import { IS_LONG } from './support/machine.js';
import { until } from './support/until.js';

const RECORDS = IS_LONG ? 300_000 : 5000;
const RECORDS_A_SECOND = 5000;
/** So few that those who come back are at what is in memory, in the middle of what was written at once. */
const CALM_RECORDS = 1200;
const CALM_RECORDS_A_SECOND = 1000;
const STEP_MS = 20;
const NEEDLE = 'owl';
const LAST = `the last ${NEEDLE} of all`;
/** A little of everything, so that no two lines have the same length. */
const PADDING = [
  '',
  'x'.repeat(40),
  'Grüße, 日本語 \u{1f600}',
  'a "quoted"\nline\r\nand\u2028more',
  'y'.repeat(700),
];

const FILTERS: readonly ResumerOptions['filter'][] = [
  {},
  {},
  {},
  { user: 'dale' },
  { topic: 'app' },
  { contains: NEEDLE },
  { user: 'audrey', topic: 'app', contains: NEEDLE },
];

test('whoever is cut off at any byte and comes back with the last number has all, once, in order, while much is written', async () => {
  await using server = await FeedServer.start({
    env: {
      GATHERD_FEED_BUFFER: '64KiB',
      GATHERD_SEGMENT_BYTES: '256KiB',
      GATHERD_SEGMENT_COMPRESSION: 'gzip',
    },
  });
  const dale = await server.newUser('dale');
  const audrey = await server.newUser('audrey');
  await writeMany(server, audrey, 2000);
  const resumers = STREAM_KINDS.flatMap((kind) =>
    FILTERS.map((filter = {}, index) => {
      const options = {
        kind,
        token: dale,
        filter,
        after: [0, 700, 2000][index % 3] ?? 0,
        isSlow: index % 2 === 1,
      };
      return new FeedResumer(server, { ...options, mostBytes: mostBytesOf(filter) });
    }),
  );
  const single = writeSingly(server, dale);
  await Promise.all([writeMany(server, audrey, RECORDS), writeMany(server, dale, RECORDS / 4)]);
  await single.stop();
  const after = await writeLast(server, dale);
  const nimble = STREAM_KINDS.map(
    (kind) => new FeedResumer(server, { kind, token: dale, after, mostBytes: 2500 }),
  );
  resumers.push(...nimble);
  await writeMany(server, audrey, CALM_RECORDS, CALM_RECORDS_A_SECOND);
  const lastOf = { dale: await writeLast(server, dale), audrey: await writeLast(server, audrey) };
  for (const resumer of resumers) resumer.calmDown();
  const isThere = ({ records, options: { filter } }: FeedResumer) =>
    records.at(-1)?.seq === (filter?.user === 'dale' ? lastOf.dale : lastOf.audrey);
  await until('the last record', () => resumers.every(isThere));
  await Promise.all(resumers.map((resumer) => resumer.stop()));
  const lines = await server.lines();
  for (const { options, records, gaps, endCodes } of resumers) {
    expect(
      [differenceOf(records, wantedOf(lines, options)), gaps, [...endCodes]],
      JSON.stringify(options),
    ).toEqual([undefined, [], []]);
  }
  // Else nothing was tried.
  expect(resumers.reduce((sum, { opened }) => sum + opened, 0)).toBeGreaterThan(3 * resumers.length);
  const packed = async () => (await server.files()).filter((file) => file.endsWith('.gz')).length;
  await until('packed segments', async () => (await packed()) > 2);
});

// Little where little is wanted: all are to be cut often.
function mostBytesOf({ user, topic, contains }: Exclude<ResumerOptions['filter'], undefined>): number {
  if (contains !== undefined) return 4000;
  return user === undefined && topic === undefined ? 1_000_000 : 30_000;
}

/** Writes so many records as one stream, at a steady rate. */
async function writeMany(
  server: FeedServer,
  token: string,
  count: number,
  aSecond = RECORDS_A_SECOND,
): Promise<void> {
  using upload = new BulkUpload(server, token);
  const began = performance.now();
  for (let written = 0; written < count;) {
    const due = Math.min(count, Math.ceil(((performance.now() - began) * aSecond) / 1000));
    await upload.write(Array.from({ length: due - written }, (_, index) => lineOf(written + index)).join(''));
    written = due;
    await sleep(STEP_MS);
  }
  upload.end();
  expect((await upload.rest()).at(-1)).toMatchObject({ accepted: count, done: true });
}

/** Writes a record that all filters want; answers its number. */
async function writeLast(server: FeedServer, token: string): Promise<number> {
  const { text } = await sendBulk(server, token, `${JSON.stringify({ message: LAST, topic: 'app' })}\n`);
  return (JSON.parse(text) as { last: number }).last;
}

function lineOf(number: number): string {
  const word = number % 50 === 7 ? NEEDLE : 'bird';
  const message = `${String(number)} ${word} ${PADDING[number % PADDING.length] ?? ''}`;
  return `${JSON.stringify({ message, ...(number % 7 === 3 ? { topic: 'app' } : {}) })}\n`;
}

/** Writes one record after the other, each when the one before is acknowledged, until it is stopped. */
function writeSingly(server: FeedServer, token: string) {
  let isStopped = false;
  const run = async () => {
    using client = new GatherClient(server);
    for (let number = 0; !isStopped; number += 1) {
      expect((await client.message(token, `alone ${String(number)}`)).status).toBe(201);
      await sleep(Math.random() * 5);
    }
  };
  const running = run();
  return {
    stop: async () => {
      isStopped = true;
      await running;
    },
  };
}
