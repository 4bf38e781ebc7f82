import { afterEach, expect, test, vi } from 'vitest';
import { HashThread } from '../passwords/hash-thread.js';

const PEPPER = Buffer.from('a pepper for tests');
// It answers which thread it is, and dies as it is told.
const MORTAL = programOf(`parentPort.on('message', ({ password }) => {
  if (password === 'exit') process.exit(1);
  if (password === 'throw') throw new Error('out of memory');
  parentPort.postMessage({ result: String(threadId) });
});`);

afterEach(() => {
  vi.useRealTimers();
});

function programOf(text: string): URL {
  const imports = "import { parentPort, threadId } from 'node:worker_threads';";
  return new URL(`data:text/javascript,${encodeURIComponent(imports + text)}`);
}

test('is one thread for task after task', async () => {
  await using thread = new HashThread(PEPPER, MORTAL);
  expect(await thread.run({ password: 'x' })).toBe(await thread.run({ password: 'x' }));
});

test.each(['exit', 'throw'])(
  'that dies (%s) fails its task with a code, and the next one has a new thread',
  async (death) => {
    await using thread = new HashThread(PEPPER, MORTAL);
    const first = await thread.run({ password: 'x' });
    await expect(thread.run({ password: death })).rejects.toMatchObject({ code: 'account.hashing_failed' });
    expect(await thread.run({ password: 'x' })).not.toBe(first);
  },
);

test('that cannot be started fails each task, and nothing else', async () => {
  await using thread = new HashThread(PEPPER, new URL('file:///there/is/no/program.js'));
  for (let count = 0; count < 2; count += 1) {
    await expect(thread.run({ password: 'x' })).rejects.toMatchObject({ code: 'account.hashing_failed' });
  }
});

test('ends after half a minute without a task, and begins again', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  await using thread = new HashThread(PEPPER, MORTAL);
  const first = await thread.run({ password: 'x' });
  vi.advanceTimersByTime(29_999);
  expect(await thread.run({ password: 'x' })).toBe(first);
  vi.advanceTimersByTime(30_000);
  expect(await thread.run({ password: 'x' })).not.toBe(first);
});

test('fails a task that is under way when it is disposed of', async () => {
  const thread = new HashThread(PEPPER, programOf('parentPort.on("message", () => undefined);'));
  const task = expect(thread.run({ password: 'x' })).rejects.toMatchObject({
    code: 'account.hashing_failed',
  });
  await thread[Symbol.asyncDispose]();
  await task;
});
