import { expect, test } from 'vitest';
import type { StoredMessagesPage, StoredRecord } from '../../../protocol/stored-messages.js';
import { GatherError } from '../../api/gather-error.js';
import type { QueryFilter } from '../../api/query-page.js';
import { followByAsking } from './asked-live.js';
import type { LiveEvent } from './window/message-view.js';

const PAGE = 2;

function recordOf(seq: number): StoredRecord {
  return { seq, at: '2026-11-21T02:44:57.123Z', user: 'dale', endpoint: '::1', message: `m${String(seq)}` };
}

/** Answers out of what is stored, in pages that are short. @param failure - of the n-th question, from 1 */
function storeOf(stored: readonly number[], failure: (count: number) => Error | undefined) {
  let count = 0;
  const state = { stored };
  const ask = ({ after = '0', order, cursor, limit = 1 }: QueryFilter): Promise<StoredMessagesPage> => {
    count += 1;
    const failed = failure(count);
    if (failed !== undefined) return Promise.reject(failed);
    const from = Number(cursor ?? after);
    const found = state.stored.filter((seq) => seq > from);
    if (order === 'newest') found.reverse();
    const page = found.slice(0, Math.min(limit, PAGE));
    const next = order === 'oldest' && found.length > page.length ? String(page.at(-1)) : null;
    return Promise.resolve({ messages: page.map(recordOf), next });
  };
  return { ask, state };
}

const unreachable = new GatherError('unreachable', 'away', { canRetry: true });

/** Follows until it was asked so often. */
async function followed(
  { ask, state }: ReturnType<typeof storeOf>,
  lastSeen: number | undefined,
  changes: readonly (readonly number[])[],
) {
  const events: LiveEvent[] = [];
  const asked: boolean[] = [];
  const stop = new AbortController();
  const left = [...changes];
  await followByAsking({
    ask,
    lastSeen,
    onEvents: (told) => events.push(...told),
    onAsked: (isAnswered) => {
      asked.push(isAnswered);
      const next = left.shift();
      if (next === undefined) stop.abort();
      else state.stored = next;
    },
    everyMs: 0,
    stop: stop.signal,
  });
  const told = events.map((event) =>
    event.type === 'record' ? event.record.seq : 'seq' in event ? `${event.type} ${String(event.seq)}` : '',
  );
  return { told, asked };
}

test('begins with the newest, tells each message once, also where an answer is missing in the middle', async () => {
  const store = storeOf([1, 2, 3], (count) => (count === 4 ? unreachable : undefined));
  const { told, asked } = await followed(store, undefined, [
    [1, 2, 3, 4, 5, 6, 7],
    [1, 2, 3, 4, 5, 6, 7],
  ]);
  expect(told).toEqual(['hello 3', 4, 5, 6, 7]);
  expect(asked).toEqual([true, false, true]);
});

test('tells nothing of an answer that comes once it is stopped', async () => {
  const stop = new AbortController();
  const told: unknown[] = [];
  const takeDown = (what: unknown) => {
    told.push(what);
  };
  await followByAsking({
    ask: () => {
      stop.abort();
      return Promise.resolve({ messages: [recordOf(1)], next: null });
    },
    lastSeen: undefined,
    onEvents: takeDown,
    onAsked: takeDown,
    everyMs: 0,
    stop: stop.signal,
  });
  expect(told).toEqual([]);
});

test('tells that numbers have begun anew, and goes on from there', async () => {
  const { told } = await followed(
    storeOf([1, 2, 3], () => undefined),
    50,
    [[1, 2, 3, 4]],
  );
  expect(told).toEqual(['rewound 3', 4]);
});

test('that nothing is left of what was seen is no beginning anew', async () => {
  const { told } = await followed(
    storeOf([], () => undefined),
    50,
    [[51]],
  );
  expect(told).toEqual([51]);
});

test.each([400, 403])('ends with a refusal that time does not mend: %s', async (status) => {
  const refusal = new GatherError(status === 403 ? 'not_permitted' : 'refused', 'No', { status });
  await expect(
    followed(
      storeOf([1], () => refusal),
      undefined,
      [],
    ),
  ).rejects.toBe(refusal);
});
