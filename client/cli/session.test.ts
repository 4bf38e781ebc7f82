import { AsyncDisposableStack } from '@whatwg-node/disposablestack';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { GatherError } from '../api/gather-error.js';
import { Session, type SessionOptions } from './session.js';
import { ConfigStore } from './settings/config-store.js';

let stack = new AsyncDisposableStack();
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gather-session-'));
  stack.defer(() => rm(folder, { recursive: true }));
});
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

const optionsOf = (more: Partial<SessionOptions>): SessionOptions => ({
  logIn: () => Promise.reject(new Error('no login')),
  owner: { server: 'http://host:6174', user: 'dale' },
  store: new ConfigStore(folder),
  givenToken: 'old',
  password: 'coffee',
  now: () => 0,
  warn: () => undefined,
  ...more,
});

// Answers all of them with a refusal only when as many have come as there are.
function atOnce(count: number) {
  const waiting: (() => void)[] = [];
  return async (token: string): Promise<string> => {
    if (token !== 'old') return token;
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (waiting.length === count) for (const go of waiting) go();
    });
    throw new GatherError('not_permitted', 'The token has expired', { status: 401 });
  };
}

test.each([['a password'], ['a certificate']])(
  'actions whose token is refused at the same time share one login by %s',
  async (by) => {
    let logins = 0;
    const logIn = () => Promise.resolve(`new ${String((logins += 1))}`);
    const session = await Session.open(
      optionsOf(by === 'a password' ? { logIn } : { password: undefined, logInByCertificate: logIn }),
    );
    const action = atOnce(8);
    const all = Array.from({ length: 8 }, () => session.withToken(action));
    expect(new Set(await Promise.all(all))).toEqual(new Set(['new 1']));
    expect(logins).toBe(1);
  },
);

test('an action whose refusal comes after the login takes the token of that', async () => {
  let logins = 0;
  const session = await Session.open(
    optionsOf({ logIn: () => Promise.resolve(`new ${String((logins += 1))}`) }),
  );
  const refused = new GatherError('not_permitted', 'The token has expired', { status: 401 });
  let refuse = (): void => undefined;
  const late = session.withToken((token) =>
    token === 'old'
      ? new Promise<string>((_, reject) => {
          refuse = () => {
            reject(refused);
          };
        })
      : Promise.resolve(token),
  );
  const first = await session.withToken((token) =>
    token === 'old' ? Promise.reject(refused) : Promise.resolve(token),
  );
  refuse();
  expect([first, await late, logins]).toEqual(['new 1', 'new 1', 1]);
});

test('a login that fails is tried again by the next action', async () => {
  let logins = 0;
  const logIn = () => ((logins += 1) === 1 ? Promise.reject(new Error('busy')) : Promise.resolve('new'));
  const session = await Session.open(optionsOf({ logIn, givenToken: undefined }));
  await expect(session.withToken((token) => Promise.resolve(token))).rejects.toThrow('busy');
  expect(await session.withToken((token) => Promise.resolve(token))).toBe('new');
});
