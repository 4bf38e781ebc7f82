import { expect, test } from 'vitest';
import { messageList } from '../../dump/message-list.js';
import type { Batch, Committed, MessageLog } from '../../dump/message-log.js';
import { createMeteredMessageLog } from './metered-message-log.js';

function logThat(append: (batch: Batch) => Promise<Committed>): MessageLog {
  return { append, room: () => Promise.resolve({ [Symbol.dispose]: () => undefined }), lastNumber: () => 41 };
}

const batch: Batch = {
  user: 'dale',
  endpoint: '127.0.0.1',
  messages: messageList(['known', 'new', { a: 1 }]),
};

test('what is stored is told, without what was known already', async () => {
  const told: unknown[] = [];
  const committed = { accepted: 2, duplicates: 1, last: 7 };
  const log = createMeteredMessageLog(
    logThat(() => Promise.resolve(committed)),
    (stored) => told.push(stored),
  );
  expect(await log.append(batch)).toBe(committed);
  const { messages } = batch;
  const bytes = '"new"'.length + '{"a":1}'.length;
  expect(told).toEqual([{ user: 'dale', messages, count: 2, bytes, duplicates: 1 }]);
  expect(log.lastNumber('dale', 'id')).toBe(41);
});

test('what is all known counts no bytes, and what fails is not told', async () => {
  const told: unknown[] = [];
  const answers = [
    Promise.resolve({ accepted: 0, duplicates: 3, last: 0 }),
    Promise.reject(new Error('full')),
  ];
  const log = createMeteredMessageLog(
    logThat(() => answers.shift() ?? Promise.reject(new Error('asked too often'))),
    ({ count, bytes, duplicates }) => told.push([count, bytes, duplicates]),
  );
  await log.append(batch);
  await expect(log.append(batch)).rejects.toThrow('full');
  expect(told).toEqual([[0, 0, 3]]);
});
