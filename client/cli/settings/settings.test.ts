import { expect, test } from 'vitest';
import { CliError } from '../cli-error.js';
import { configDirectory } from './config-directory.js';
import { type CommonFlags, resolveSettings } from './settings.js';
import { isExpired, tokenExpiry } from './token-expiry.js';

function failureOf(flags: CommonFlags, env: Record<string, string>, remembered = {}): CliError {
  try {
    resolveSettings(flags, env, remembered);
  } catch (error) {
    if (error instanceof CliError) return error;
  }
  throw new Error('Expected a CliError');
}

test('a flag goes before the environment, which goes before the remembered file, which goes before the default', () => {
  const flags = { server: 'flag', user: 'flag', retryFor: '1' };
  const env = { GATHER_SERVER: 'env', GATHER_USER: 'env', GATHER_RETRY_FOR: '2' };
  const remembered = { server: 'http://file:6174', user: 'file' };
  const pick = (...given: Parameters<typeof resolveSettings>): unknown[] => {
    const { server, user, retryForMs } = resolveSettings(...given);
    return [server, user, retryForMs];
  };
  expect(pick(flags, env, remembered)).toEqual(['http://flag:6174', 'flag', 1_000]);
  expect(pick({}, env, remembered)).toEqual(['http://env:6174', 'env', 2_000]);
  expect(pick({}, { GATHER_SERVER: '' }, remembered)).toEqual(['http://file:6174', 'file', 15_000]);
  expect(pick({}, {}, {})).toEqual(['http://127.0.0.1:6174', undefined, 15_000]);
});

test.each([
  [{ server: ':::' }, '--server'],
  [{ user: 'a b' }, '--user'],
  [{ user: '' }, '--user'],
  [{ retryFor: '-1' }, '--retry-for'],
  [{ retryFor: 'Infinity' }, '--retry-for'],
  [{ timeout: '0' }, '--timeout'],
  [{ timeout: '1e3' }, '--timeout'],
])('a flag that is malformed is a usage error that names it: %j', (flags, name) => {
  const error = failureOf(flags, {});
  expect(error.exit).toBe('usage');
  expect(error.message).toContain(name);
});

test.each([
  [{ GATHER_SERVER: ':::' }, {}, 'GATHER_SERVER'],
  [{ GATHER_TIMEOUT: 'soon' }, {}, 'GATHER_TIMEOUT'],
  [{}, { server: ':::' }, 'the remembered server'],
  [{}, { user: 'a b' }, 'the remembered user'],
])('an environment or file that is malformed is bad configuration: %j %j', (env, remembered, name) => {
  const error = failureOf({}, env, remembered);
  expect(error.exit).toBe('badConfiguration');
  expect(error.message).toContain(name);
});

test.each([
  ['linux', {}, '/home/dale/.config/gather'],
  ['linux', { XDG_CONFIG_HOME: '/xdg' }, '/xdg/gather'],
  ['darwin', { XDG_CONFIG_HOME: '' }, '/home/dale/.config/gather'],
  ['win32', { APPDATA: '/AppData' }, '/AppData/gather'],
  ['linux', { XDG_CONFIG_HOME: '/xdg', GATHER_CONFIG_DIR: '/own' }, '/own'],
] as const)('on %s with %j it remembers in %s', (platform, env, directory) => {
  expect(configDirectory({ platform, env, homeDirectory: '/home/dale' }).replaceAll('\\', '/')).toBe(
    directory,
  );
});

test("a token's own claim says when it expires", () => {
  const token = (claims: object): string =>
    `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`;
  expect(tokenExpiry(token({ exp: 100 }))).toBe(100_000);
  expect(isExpired(token({ exp: 100 }), 99_999)).toBe(false);
  expect(isExpired(token({ exp: 100 }), 100_000)).toBe(true);
  for (const odd of ['', 'x', 'a.b.c', token({}), token({ exp: '1' })])
    expect(tokenExpiry(odd)).toBeUndefined();
});
