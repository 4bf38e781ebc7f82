import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Permission } from '../../protocol/permissions.js';
import { ChatRig } from './support/chat-rig.js';
import { PASSWORD } from './support/services-rig.js';
import { until } from './support/until.js';

let rig: ChatRig;

beforeEach(async () => {
  rig = await ChatRig.open();
  await rig.create('dale', { permissions: ['messages:write', 'chat'] });
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

async function tokenOf(permissions: readonly Permission[]): Promise<string> {
  const { logins, sessions, apiTokens } = rig.gatherd.services;
  const origin = { endpoint: '127.0.0.1', door: 'http', client: '' } as const;
  const { token } = await logins.login('dale', PASSWORD, origin);
  const caller = {
    session: sessions.authorize(token, '127.0.0.1'),
    endpoint: '127.0.0.1',
    door: 'http',
  } as const;
  return (await apiTokens.create(caller, { name: permissions.join(), permissions })).token;
}

async function send(token: string, lines: readonly string[]) {
  const response = await fetch(`${rig.gatherd.url('front')}/v1/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
    body: `${lines.join('\n')}\n`,
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const stored = async () => (await rig.gatherd.records()).map(({ message }) => message);

test.each(['{"message":"hi","topic":"chat"}', String.raw`{"topic":"\u0063h\u0061t","message":"hi"}`])(
  'who may write messages and not chat cannot say %s',
  async (line) => {
    const token = await tokenOf(['messages:write']);
    const { status, body } = await send(token, ['{"message":"before","topic":"chats"}', line]);
    expect(status).toBe(403);
    expect(body).toMatchObject({ code: 'permission.missing' });
    expect(await stored()).not.toContain('hi');
    const { entries } = await rig.gatherd.services.audit.page({ limit: 10 });
    expect(entries).toContainEqual(
      expect.objectContaining({ action: 'permission.refused', details: { permission: 'chat' } }),
    );
    expect((await send(token, ['{"message":"other","topic":"door"}', '{"message":"none"}'])).status).toBe(
      200,
    );
  },
);

test('who may chat says it to everybody in the chat, and it is stored even where chat is not recorded', async () => {
  await rig[Symbol.asyncDispose]();
  rig = await ChatRig.open({ GATHERD_CHAT_RECORDING: 'off' });
  await rig.create('dale');
  await rig.create('laura');
  const laura = await rig.enter('laura');
  const token = await tokenOf(['messages:write', 'chat']);
  expect((await send(token, ['{"message":"hi","topic":"chat"}', '{"message":"not chat"}'])).status).toBe(200);
  await laura.hears('dale: hi\n');
  expect(await stored()).toEqual(['hi', 'not chat']);
});

test('a message without the permission stops a stream that is under way, too', async () => {
  const token = await tokenOf(['messages:write', 'chat']);
  const { userAdmin, logins, sessions } = rig.gatherd.services;
  await rig.create('admin', { role: 'admin' });
  const { token: admin } = await logins.login('admin', PASSWORD, {
    ...{ endpoint: '127.0.0.1', door: 'http', client: '' },
  });
  const by = {
    session: sessions.authorize(admin, '127.0.0.1'),
    endpoint: '127.0.0.1',
    door: 'http',
  } as const;
  let goOn: (() => void) | undefined;
  const hasLost = new Promise<void>((resolve) => (goOn = resolve));
  const line = (text: string) => Buffer.from(`${JSON.stringify({ message: text, topic: 'chat' })}\n`);
  async function* lines() {
    yield line('before');
    await hasLost;
    yield line('after');
  }
  const answered = fetch(`${rig.gatherd.url('front')}/v1/messages`, {
    ...{ method: 'POST', body: ReadableStream.from(lines()), duplex: 'half' as const },
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
  });
  await until('the first is stored', async () => (await stored()).length === 1);
  await userAdmin.change(by, 'dale', { permissions: ['messages:write'] });
  goOn?.();
  expect(await (await answered).json()).toMatchObject({ code: 'permission.missing' });
  expect(await stored()).toEqual(['before']);
});
