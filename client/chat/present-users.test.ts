import { expect, test } from 'vitest';
import type { Connection } from '../../protocol/feed.js';
import { PresentUsers } from './present-users.js';

function connection(user: string, id: string): Connection {
  return { id, user, endpoint: '127.0.0.1', door: 'websocket', since: '2026-11-21T02:44:57.000Z' };
}

test('somebody is there for as long as one of their connections is, however often it was told', () => {
  const present = new PresentUsers();
  present.join(connection('laura', '1'));
  present.join(connection('laura', '1'));
  present.join(connection('laura', '2'));
  present.leave(connection('laura', '1'));
  present.leave(connection('laura', '1'));
  expect(present.has('laura')).toBe(true);
  present.leave(connection('laura', '2'));
  expect(present.has('laura')).toBe(false);
  expect(present.users).toEqual([]);
});

test('a list counts what came or left while it was asked for, once', async () => {
  const present = new PresentUsers();
  present.join(connection('bob', '1'));
  await present.refresh(() => {
    present.join(connection('laura', '2'));
    present.leave(connection('dale', '3'));
    return Promise.resolve([connection('laura', '2'), connection('dale', '3')]);
  });
  expect(present.names).toEqual(['laura']);
  present.leave(connection('laura', '2'));
  expect(['bob', 'dale', 'laura'].filter((name) => present.has(name))).toEqual([]);
});

test('of two lists the one that was asked for last counts, whichever comes last', async () => {
  const present = new PresentUsers();
  await present.refresh(async () => {
    await present.refresh(() => Promise.resolve([connection('laura', '2')]));
    return [connection('dale', '1')];
  });
  expect(present.names).toEqual(['laura']);
});

test('whether somebody is there is known at once among very many connections', () => {
  const present = new PresentUsers();
  const all = Array.from({ length: 20_000 }, (_, index) =>
    connection(`user ${String(index)}`, String(index)),
  );
  // Looking through all of them each time would take minutes.
  for (const each of all) {
    expect(present.has(each.user)).toBe(false);
    present.join(each);
  }
  for (const each of all) {
    expect(present.has(each.user)).toBe(true);
    present.leave(each);
  }
  expect(present.connections).toEqual([]);
});
