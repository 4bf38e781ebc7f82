import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CliError } from '../cli-error.js';
import { ConfigStore } from './config-store.js';

const OWNER = { server: 'http://127.0.0.1:6174', user: 'dale' };
let home: string;
let store: ConfigStore;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'gather-store-'));
  store = new ConfigStore(join(home, 'a', 'gather'));
});

afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

async function errorOf(promise: Promise<unknown>): Promise<CliError> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  if (error instanceof CliError) return error;
  throw new Error(`Expected a CliError, got ${String(error)}`);
}

describe('what is remembered', () => {
  test('is nothing at first', async () => {
    expect(await store.loadDefaults()).toEqual({});
    expect(await store.loadToken(OWNER)).toBeUndefined();
    await store.forgetToken(OWNER);
  });

  test('comes back as it was, for any owner and token', async () => {
    const anyOwner = fc.record({ server: fc.webUrl(), user: fc.string({ unit: 'grapheme', minLength: 1 }) });
    await fc.assert(
      fc.asyncProperty(anyOwner, fc.string({ unit: 'binary' }), async (owner, token) => {
        await store.saveDefaults(owner);
        await store.saveToken(owner, token);
        expect(await store.loadDefaults()).toEqual(owner);
        expect(await store.loadToken(owner)).toBe(token);
      }),
      { numRuns: 25 },
    );
  });

  test('keeps the tokens of servers and users apart, and names by their key', async () => {
    await store.saveToken(OWNER, 'one');
    await store.saveToken({ ...OWNER, user: '__proto__' }, 'two');
    await store.saveToken({ ...OWNER, server: 'http://other:6174' }, 'three');
    expect(await store.loadToken({ ...OWNER, user: 'DALE' })).toBe('one');
    expect(await store.loadToken({ ...OWNER, user: '__proto__' })).toBe('two');
    await store.forgetToken(OWNER);
    expect(await store.loadToken(OWNER)).toBeUndefined();
    expect(await store.loadToken({ ...OWNER, server: 'http://other:6174' })).toBe('three');
  });

  test('survives many writers at once: nothing is torn or lost, no draft is left', async () => {
    const users = Array.from({ length: 20 }, (_, index) => `user${String(index)}`);
    await Promise.all(
      users.flatMap((user) => [
        store.saveDefaults({ ...OWNER, user }),
        store.saveToken({ ...OWNER, user }, user),
        store.loadDefaults(),
      ]),
    );
    expect(users).toContain((await store.loadDefaults()).user);
    for (const user of users) expect(await store.loadToken({ ...OWNER, user })).toBe(user);
    expect(await readdir(store.directory)).toEqual(['config.json', 'tokens']);
    expect(await readdir(join(store.directory, 'tokens'))).toHaveLength(users.length);
  });

  test.skipIf(process.platform === 'win32')('can be read by the owner only', async () => {
    await store.saveDefaults(OWNER);
    await store.saveToken(OWNER, 'secret');
    const [token] = await readdir(join(store.directory, 'tokens'));
    const modes = await Promise.all(
      ['', 'config.json', 'tokens', `tokens/${String(token)}`].map((name) =>
        stat(join(store.directory, name)),
      ),
    );
    expect(modes.map(({ mode }) => mode & 0o777)).toEqual([0o700, 0o600, 0o700, 0o600]);
  });
});

describe('a file that cannot be used', () => {
  test.each(['', '{', 'null', '[]', '{"server":5}'])(
    'is bad configuration, with its name: %j',
    async (text) => {
      await mkdir(store.directory, { recursive: true });
      await writeFile(join(store.directory, 'config.json'), text);
      const error = await errorOf(store.loadDefaults());
      expect(error.exit).toBe('badConfiguration');
      expect(error.message).toContain(join(store.directory, 'config.json'));
      expect(error.message).toContain('damaged');
    },
  );

  test('is bad configuration also where the file system refuses', async () => {
    await mkdir(join(store.directory, 'config.json'), { recursive: true });
    expect((await errorOf(store.loadDefaults())).exit).toBe('badConfiguration');
    expect((await errorOf(store.saveDefaults(OWNER))).exit).toBe('badConfiguration');
  });
});
