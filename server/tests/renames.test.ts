import { rm } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { checkpointPath } from '../dump/segments/segment-names.js';
import type { Caller } from '../features/sessions/session-service.js';
import { BulkUpload, sendBulk } from './support/bulk-client.js';
import { fieldsOf, GatherClient } from './support/gather-client.js';
import { InProcessGatherd } from './support/in-process-gatherd.js';

const PASSWORD = 'Tannenzapfen im Oktober';
const PRODUCER = '5bd5f59e-9f4f-4a0c-8a3e-3c0cba0e6e54';
const HERE = '127.0.0.1';

const disposed: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of disposed.splice(0)) await each[Symbol.asyncDispose]();
});

async function start() {
  const gatherd = await InProcessGatherd.start();
  disposed.push(gatherd);
  const server = { port: Number(new URL(gatherd.url('front')).port) };
  const rename = async (token: string, username: string) => {
    gatherd.clock.advance(1000);
    await gatherd.services.ownAccounts.change(callerOf(gatherd, token), { username });
    gatherd.clock.advance(1000);
  };
  const send = async (token: string, first: number, ...messages: string[]) => {
    const lines = messages.map((message) => `${JSON.stringify({ message })}\n`).join('');
    const { accepted, duplicates, expected } = fieldsOf(
      await sendBulk(server, token, lines, { producer: { id: PRODUCER, first } }),
    );
    return expected === undefined ? [accepted, duplicates] : { expected };
  };
  const last = async (token: string) => {
    using client = new GatherClient(server);
    const headers = { Authorization: `Bearer ${token}` };
    return fieldsOf(await client.send(`/v1/producers/${PRODUCER}`, undefined, { method: 'GET', headers }))[
      'last'
    ];
  };
  return { gatherd, server, rename, send, last };
}

function callerOf(gatherd: InProcessGatherd, token: string): Caller {
  return { session: gatherd.services.sessions.authorize(token, HERE), endpoint: HERE, door: 'http' };
}

async function member(gatherd: InProcessGatherd, username: string): Promise<string> {
  const wanted = { username, password: PASSWORD };
  await gatherd.services.registrations.create({ endpoint: 'local', door: 'operator' }, wanted);
  const origin = { endpoint: HERE, door: 'http', client: '' } as const;
  return (await gatherd.services.logins.login(username, PASSWORD, origin)).token;
}

async function stored(gatherd: InProcessGatherd): Promise<unknown[]> {
  return (await gatherd.records()).map(({ user, message }) => [user, message]);
}

// A crash leaves the checkpoint as it was long before; without one all is read anew.
async function restartWithoutCheckpoint(gatherd: InProcessGatherd): Promise<void> {
  await gatherd.stop();
  await rm(checkpointPath(gatherd.file('dump.ndjson')));
  await gatherd.restart();
}

test('a bulk stream goes on under the name that its user has now', async () => {
  const { gatherd, server, rename } = await start();
  const token = await member(gatherd, 'dale');
  using upload = new BulkUpload(server, token);
  await upload.write('{"message":"one"}\n');
  expect(await upload.nextLine()).toMatchObject({ accepted: 1 });
  await rename(token, 'cooper');
  await member(gatherd, 'dale');
  upload.end('{"message":"two"}\n');
  expect((await upload.rest()).at(-1)).toMatchObject({ accepted: 2, done: true });
  expect(await stored(gatherd)).toEqual([
    ['dale', 'one'],
    ['cooper', 'two'],
  ]);
});

test.each([
  ['at once', () => Promise.resolve()],
  ['after a restart', (gatherd: InProcessGatherd) => gatherd.restart()],
  ['without the checkpoint', restartWithoutCheckpoint],
])('a producer goes on under another name, each message once, %s', async (_, meanwhile) => {
  const { gatherd, rename, send, last } = await start();
  const token = await member(gatherd, 'dale');
  expect(await send(token, 1, 'one', 'two')).toEqual([2, 0]);
  await rename(token, 'Dale');
  await rename(token, 'cooper');
  await meanwhile(gatherd);
  expect(await last(token)).toBe(2);
  expect(await send(token, 2, 'two', 'three')).toEqual([1, 1]);
  await rename(token, 'dale');
  await meanwhile(gatherd);
  expect(await send(token, 3, 'three', 'four')).toEqual([1, 1]);
  expect((await stored(gatherd)).map((record) => (record as string[])[1])).toEqual([
    ...['one', 'two', 'three', 'four'],
  ]);
});

test.each([
  ['renamed', 'at once', () => Promise.resolve()],
  ['renamed', 'after a restart', (gatherd: InProcessGatherd) => gatherd.restart()],
  ['renamed', 'without the checkpoint', restartWithoutCheckpoint],
  ['removed', 'at once', () => Promise.resolve()],
  ['removed', 'after a restart', (gatherd: InProcessGatherd) => gatherd.restart()],
  ['removed', 'without the checkpoint', restartWithoutCheckpoint],
])('who takes the name of a user that was %s has producers of its own, %s', async (what, _, meanwhile) => {
  const { gatherd, rename, send, last } = await start();
  const before = await member(gatherd, 'dale');
  expect(await send(before, 1, 'one', 'two', 'three')).toEqual([3, 0]);
  if (what === 'renamed') await rename(before, 'cooper');
  else await gatherd.services.ownAccounts.remove(callerOf(gatherd, before), PASSWORD);
  gatherd.clock.advance(1000);
  const after = await member(gatherd, 'dale');
  await meanwhile(gatherd);
  expect(await last(after)).toBe(0);
  expect(await send(after, 4, 'four')).toEqual({ expected: 1 });
  expect(await send(after, 1, 'mine')).toEqual([1, 0]);
  await gatherd.restart();
  expect(await last(after)).toBe(1);
  if (what === 'renamed') expect(await send(before, 3, 'three', 'four')).toEqual([1, 1]);
});

test('a clock that was wrong takes no producer from the only bearer of a name', async () => {
  const { gatherd, send, last } = await start();
  const token = await member(gatherd, 'dale');
  gatherd.clock.advance(-600_000);
  expect(await send(token, 1, 'one', 'two')).toEqual([2, 0]);
  await restartWithoutCheckpoint(gatherd);
  expect(await last(token)).toBe(2);
});
