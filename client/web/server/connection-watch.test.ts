import { expect, test } from 'vitest';
import { ConnectionWatch } from './connection-watch.js';

/** A server that is asked through the watch, and answers when the test says so. */
class Asked {
  readonly watch: ConnectionWatch;
  /** What is asked and has no answer yet. */
  readonly open: { readonly answer: () => void; readonly fail: () => void }[] = [];
  count = 0;
  /** What was said of the connection, in turn. */
  readonly said: boolean[] = [];

  constructor(pauseMs = 0) {
    this.watch = new ConnectionWatch({ ask: () => this.#ask(), pauseMs });
    this.watch.isConnected.subscribe(() => this.said.push(this.watch.isConnected.get()));
  }

  /** The next question, as soon as there is one. */
  async next() {
    await expect.poll(() => this.open.length).toBeGreaterThan(0);
    const asked = this.open.shift();
    if (asked === undefined) throw new Error('Nothing is asked.');
    return asked;
  }

  #ask(): Promise<void> {
    this.count += 1;
    const { onAnswer, onSilence } = this.watch.onRequest();
    return new Promise((resolve, reject) => {
      this.open.push({
        answer: () => {
          onAnswer();
          resolve();
        },
        fail: () => {
          onSilence();
          reject(new Error('No answer'));
        },
      });
    });
  }
}

/** Lets everything happen that needs no time. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 5);
  });
}

test('asks again until there is an answer, and no longer', async () => {
  const asked = new Asked();
  asked.watch.onRequest().onSilence();
  expect(asked.said).toEqual([false]);
  (await asked.next()).fail();
  (await asked.next()).answer();
  expect(asked.said).toEqual([false, true]);
  await settled();
  expect(asked.count).toBe(2);
});

test('asks one question at a time, however many requests fail', async () => {
  const asked = new Asked();
  const requests = Array.from({ length: 20 }, () => asked.watch.onRequest());
  requests[0]?.onSilence();
  const first = await asked.next();
  for (const { onSilence } of requests.slice(1)) onSilence();
  await settled();
  expect(asked.open).toEqual([]);
  first.fail();
  (await asked.next()).answer();
  expect(asked.count).toBe(2);
});

test('does not take for lost what others have had an answer from since, but asks', async () => {
  const asked = new Asked();
  const hanging = Array.from({ length: 20 }, () => asked.watch.onRequest());
  asked.watch.onRequest().onAnswer();
  for (const { onSilence } of hanging) onSilence();
  (await asked.next()).answer();
  await settled();
  expect([asked.said, asked.count]).toEqual([[], 1]);
});

test('says that it is lost where nothing answers that question', async () => {
  const asked = new Asked();
  const hanging = asked.watch.onRequest();
  asked.watch.onRequest().onAnswer();
  hanging.onSilence();
  (await asked.next()).fail();
  expect(asked.said).toEqual([false]);
  (await asked.next()).answer();
  expect(asked.said).toEqual([false, true]);
});

test('asks once more where a doubt came while it asked, and that question says nothing of now', async () => {
  const asked = new Asked();
  asked.watch.onRequest().onSilence();
  const question = await asked.next();
  asked.watch.onRequest().onAnswer();
  question.fail();
  expect(asked.said).toEqual([false, true]);
  (await asked.next()).fail();
  expect(asked.said).toEqual([false, true, false]);
  (await asked.next()).answer();
});

test('asks nothing where the answer comes by itself first', async () => {
  const asked = new Asked(1);
  asked.watch.onRequest().onSilence();
  asked.watch.onRequest().onAnswer();
  await settled();
  expect([asked.said, asked.count]).toEqual([[false, true], 0]);
});
