import { expect, test } from 'vitest';
import { PeerTurns } from './peer-turns.js';

/** Work that is done when it is told to. */
function stepper() {
  const begun: string[] = [];
  const finish = new Map<string, () => void>();
  return {
    begun,
    work: (name: string) => async () => {
      begun.push(name);
      await new Promise<void>((resolve) => finish.set(name, resolve));
    },
    finish: async (name: string) => {
      finish.get(name)?.();
      await new Promise(setImmediate);
    },
  };
}

test('a peer is served one after the other, in order, and others at once', async () => {
  const turns = new PeerTurns(4, 100);
  const { begun, work, finish } = stepper();
  for (const name of ['a1', 'a2', 'a3', 'b1']) expect(turns.add(name.charAt(0), work(name))).toBe(true);
  expect(begun).toEqual(['a1', 'b1']);
  await finish('a1');
  expect(begun).toEqual(['a1', 'b1', 'a2']);
  await finish('a2');
  await finish('a3');
  await finish('b1');
  expect(turns.count).toBe(0);
  expect(turns.add('a', work('a4'))).toBe(true);
  expect(begun.at(-1)).toBe('a4');
});

test('what waits is bounded, for a peer and in all', async () => {
  const turns = new PeerTurns(1, 3);
  const { work, finish } = stepper();
  expect(turns.add('a', work('a1'))).toBe(true);
  expect(turns.add('a', work('a2'))).toBe(true);
  expect(turns.add('a', work('a3'))).toBe(false);
  expect(turns.add('b', work('b1'))).toBe(true);
  expect(turns.add('c', work('c1'))).toBe(false);
  await finish('a1');
  expect(turns.add('c', work('c1'))).toBe(true);
});

test('it is drained when all is done, what is added meanwhile included', async () => {
  const turns = new PeerTurns(4, 100);
  const { work, finish } = stepper();
  turns.add('a', work('a1'));
  turns.add('a', work('a2'));
  let isDrained = false;
  const drained = turns.drained().then(() => {
    isDrained = true;
  });
  await finish('a1');
  expect(isDrained).toBe(false);
  await finish('a2');
  await drained;
});
