import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ProducerLease, type ProducerLeaseOptions } from './producer-lease.js';

let options: ProducerLeaseOptions;

beforeEach(async () => {
  options = {
    directory: await mkdtemp(join(tmpdir(), 'gather-')),
    owner: { server: 'http://127.0.0.1:6174', user: 'dale' },
    hostName: 'here',
    newId: randomUUID,
  };
});

afterEach(async () => {
  await rm(options.directory, { recursive: true, force: true });
});

test('a producer that was given back is taken again, by one only', async () => {
  const first = await ProducerLease.take(options);
  expect(first.isNew).toBe(true);
  await first.giveBack();
  const taken = await Promise.all(Array.from({ length: 10 }, () => ProducerLease.take(options)));
  const again = taken.filter(({ isNew }) => !isNew);
  expect(again.map(({ id }) => id)).toEqual([first.id]);
  expect(new Set(taken.map(({ id }) => id)).size).toBe(10);
});

test('one that was not given back is never taken again', async () => {
  const first = await ProducerLease.take(options);
  expect((await ProducerLease.take(options)).id).not.toBe(first.id);
});

test('another user, server or machine has its own', async () => {
  const first = await ProducerLease.take(options);
  await first.giveBack();
  const others = [
    { ...options, hostName: 'there' },
    { ...options, owner: { ...options.owner, user: 'bob' } },
    { ...options, owner: { ...options.owner, server: 'http://127.0.0.1:6175' } },
  ];
  for (const other of others) expect((await ProducerLease.take(other)).isNew).toBe(true);
  // A name is the same in any case.
  const same = { ...options, owner: { ...options.owner, user: 'DALE' } };
  expect((await ProducerLease.take(same)).id).toBe(first.id);
});

test('where nothing can be remembered there is a new one each time', async () => {
  const nowhere = { ...options, directory: '/dev/null/gather' };
  const first = await ProducerLease.take(nowhere);
  await first.giveBack();
  expect((await ProducerLease.take(nowhere)).isNew).toBe(true);
});
