import { expect, test } from 'vitest';
import { GatherError } from '../../../api/gather-error.js';
import { Outbox } from './outbox.js';

interface Asked {
  readonly text: string;
  readonly resolve: (seq: number) => void;
  readonly reject: (error: unknown) => void;
}

/** A server that answers when it is told to. */
function slowServer() {
  const asked: Asked[] = [];
  const outbox = new Outbox(
    (text) =>
      new Promise((resolve, reject) => {
        asked.push({ text, resolve, reject });
      }),
  );
  const states = (): readonly string[] => outbox.unsent.get().map(({ text, state }) => `${text}: ${state}`);
  return { outbox, asked, states };
}

const settled = (): Promise<void> => new Promise(setImmediate);

test('says one thing after the other, once it can', async () => {
  const { outbox, asked, states } = slowServer();
  outbox.add('one');
  outbox.add('two');
  expect(states()).toEqual(['one: waiting', 'two: waiting']);
  outbox.open(true);
  expect(states()).toEqual(['one: sending', 'two: waiting']);
  asked[0]?.resolve(1);
  await settled();
  expect(states()).toEqual(['two: sending']);
  expect(asked.map(({ text }) => text)).toEqual(['one', 'two']);
});

test('never sends again by itself what is in doubt, and keeps what is behind it', async () => {
  const { outbox, asked, states } = slowServer();
  outbox.open(true);
  outbox.add('one');
  outbox.add('two');
  asked[0]?.reject(new GatherError('unknown_outcome', 'no answer'));
  await settled();
  outbox.open(false);
  outbox.open(true);
  expect(states()).toEqual(['one: in doubt', 'two: waiting']);
  expect(asked).toHaveLength(1);
  outbox.again(1);
  expect(states()).toEqual(['one: sending', 'two: waiting']);
  expect(asked).toHaveLength(2);
});

test('goes on behind what is taken back, but takes nothing back that is under way', async () => {
  const { outbox, asked, states } = slowServer();
  outbox.open(true);
  outbox.add('one');
  outbox.add('two');
  outbox.remove(1);
  expect(states()).toEqual(['one: sending', 'two: waiting']);
  asked[0]?.reject(new GatherError('refused', 'too long', { status: 413 }));
  await settled();
  expect(states()).toEqual(['one: refused', 'two: waiting']);
  outbox.remove(1);
  expect(states()).toEqual(['two: sending']);
});

test('waits for a new login where the session has ended', async () => {
  const { outbox, asked, states } = slowServer();
  outbox.open(true);
  outbox.add('one');
  asked[0]?.reject(new GatherError('not_permitted', 'the session has ended', { status: 401 }));
  await settled();
  expect(states()).toEqual(['one: waiting']);
  expect(asked).toHaveLength(1);
  outbox.open(true);
  expect(states()).toEqual(['one: sending']);
});
