import { afterAll, beforeAll, expect, test } from 'vitest';
import { MutualRig, type Asked, type Shown } from './support/mutual-rig.js';
import { PASSWORD } from './support/services-rig.js';
import type { TestPair } from './support/test-authority.js';

let rig: MutualRig;
let dale: TestPair;
let laura: TestPair;

beforeAll(async () => {
  rig = await MutualRig.open('factor');
  for (const name of ['dale', 'laura']) await rig.create(name);
  [dale, laura] = await Promise.all([rig.issue('dale'), rig.issue('laura')]);
});

afterAll(async () => {
  await rig[Symbol.asyncDispose]();
});

const CONSOLE = { 'Gather-Console': '1', 'Sec-Fetch-Site': 'same-origin' };

const login = (shown: Shown, username: string, headers: Asked['headers'] = {}) =>
  rig.ask(shown, '/v1/sessions/cookie', {
    ...{ body: { username, password: PASSWORD }, headers: { ...CONSOLE, ...headers } },
  });

function cookieOf({ headers }: Awaited<ReturnType<typeof login>>): string {
  const [line = ''] = headers['set-cookie'] as string[];
  return line;
}

const pairOf = (line: string) => line.split(';')[0] ?? '';

test('over TLS of our own the cookie is of this host, and never sent without TLS', async () => {
  const answer = await login(dale, 'dale');
  expect([answer.status, Object.keys(answer.body).sort()]).toEqual([201, ['expires_at', 'user']]);
  const [pair = '', ...attributes] = cookieOf(answer).split('; ');
  expect(pair).toMatch(/^__Host-gatherd-\d+=gds_[\w-]{43}$/);
  const fixed = attributes.filter((attribute) => !attribute.startsWith('Expires='));
  expect(fixed.sort()).toEqual(['HttpOnly', 'Path=/', 'SameSite=Strict', 'Secure']);
  const headers = { ...CONSOLE, Cookie: pair };
  expect(await rig.ask(dale, '/v1/account', { headers })).toMatchObject({ body: { username: 'dale' } });
  // A page of HTTP without TLS can plant a cookie, but none whose name begins so.
  const planted = { ...CONSOLE, Cookie: pair.replace('__Host-', '') };
  expect(await rig.ask(dale, '/v1/account', { headers: planted })).toMatchObject({
    ...{ status: 401, body: { code: 'token.missing' } },
  });
});

test('what the connection is cannot be talked away', async () => {
  const answer = await login(dale, 'dale', { 'X-Forwarded-Proto': 'http' });
  expect(cookieOf(answer)).toMatch(/^__Host-.*; Secure/);
});

test('a certificate holds for a cookie as for a token', async () => {
  expect(await login(dale, 'laura')).toMatchObject({
    ...{ status: 403, body: { code: 'certificate.of_another' } },
  });
  const headers = { ...CONSOLE, Cookie: pairOf(cookieOf(await login(laura, 'laura'))) };
  expect((await rig.ask(laura, '/v1/account', { headers })).status).toBe(200);
  const messages = { headers, body: { message: 'must not be stored' } };
  for (const [path, asked] of [
    ['/v1/account', { headers }],
    ['/v1/messages', messages],
  ] as const)
    expect(await rig.ask(dale, path, asked)).toMatchObject({
      ...{ status: 403, body: { code: 'certificate.of_another' } },
    });
});
