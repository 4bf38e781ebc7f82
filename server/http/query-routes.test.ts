import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express, { type Express } from 'express';
import { pino } from 'pino';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { storedMessagesPage, type StoredRecord } from '../../protocol/stored-messages.js';
import { cutBlocks } from '../dump/reading/cut-blocks.js';
import { createSegmentedDump } from '../dump/reading/segmented-dump.js';
import { ndjsonFormat } from '../dump/format/ndjson-format.js';
import { AppError } from '../errors/app-error.js';
import { AccessService } from '../features/accounts/access-service.js';
import type { AuditEvent } from '../features/audit/audit-service.js';
import { createQueryService } from '../features/messages/query-service.js';
import type { Session } from '../features/sessions/session-service.js';
import type { CallerOf } from './callers/request-callers.js';
import { createProblemMapper } from './problem-details.js';
import { createProducerRoutes } from './producer-routes.js';
import { createQueryRoutes } from './query-routes.js';
import { createRefusalLog } from './refusal-log.js';

const START = Date.parse('2026-11-21T02:44:57.123Z');
const COUNT = 50;
const UUID = '0f8fad5b-d9cb-469f-a165-70867728950e';
let folder = '';
let app: Express;
let lines: string[] = [];

const noted: AuditEvent[] = [];
const audit = { note: (event: AuditEvent) => void noted.push(event) };
const access = new AccessService(audit);
for (const [id, role, permissions] of [
  ['dale', 'user', null],
  ['alice', 'user', null],
  ['operator', 'moderator', null],
  ['nobody', 'user', null],
  ['device', 'user', []],
  ['reader', 'user', ['messages:read']],
] as const)
  access.put({ id, role, status: 'active', permissions, oneTimeUntil: null });

// The tokens of this test are the users' names, and since which second they have them.
const callerOf: CallerOf = ({ headers }) => {
  const [userName, since = '0'] = headers.authorization?.replace('Bearer ', '').split('@') ?? [];
  if (userName === undefined) throw new AppError('token.missing');
  const now = new Date(START);
  const session: Session = {
    id: '',
    kind: 'login',
    userId: userName,
    userName,
    nameSince: new Date(START + Number(since) * 1000),
    endpoint: '',
    client: '',
    issuedAt: now,
    expiresAt: now,
    lastUsedAt: START,
  };
  return { session, endpoint: '::1', door: 'http' };
};

function lineOf(seq: number): string {
  const user = seq % 2 === 0 ? 'dale' : 'alice';
  const at = new Date(START + seq * 1000).toISOString();
  const topic = seq % 5 === 0 ? ',"topic":"app"' : '';
  const message = seq % 10 === 0 ? `{"n": ${String(seq)}}` : `"caf\\u00e9 ${String(seq)} \\u202e"`;
  return `{"seq":${String(seq)},"at":"${at}","user":"${user}","endpoint":"::1","message":${message}${topic},"x":1}`;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatherd-query-'));
  const dumpPath = join(folder, 'dump.ndjson');
  lines = Array.from({ length: COUNT }, (_, index) => lineOf(index + 1));
  await appendFile(dumpPath, lines.map((line) => `${line}\n`).join(''));
  const live = async () => {
    const blocks = await cutBlocks(dumpPath, ndjsonFormat);
    return { path: dumpPath, first: 1, last: COUNT, blocks };
  };
  const dump = createSegmentedDump({ dumpPath, format: ndjsonFormat, live });
  app = express();
  app.use(createQueryRoutes(createQueryService({ dump, format: ndjsonFormat, access, audit }), callerOf));
  app.use(createProducerRoutes((user, id) => (user === 'dale' && id === UUID ? 7 : 0), callerOf, access));
  const logRefusal = createRefusalLog(pino({ level: 'silent' }));
  app.use(
    createProblemMapper(
      logRefusal,
      () => '::1',
      () => 'id',
    ),
  );
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly text: string;
}

async function answer(asked: PromiseLike<Answer>): Promise<Answer> {
  return asked;
}

function get(query: Record<string, string> | string, user = 'dale') {
  return request(app).get('/v1/messages').query(query).set('Authorization', `Bearer ${user}`);
}

async function seqs(query: Record<string, string>, user?: string): Promise<number[]> {
  const { status, body } = await answer(get(query, user));
  expect(status).toBe(200);
  return storedMessagesPage.parse(body).messages.map(({ seq }) => seq);
}

const ALL = Array.from({ length: COUNT }, (_, index) => index + 1);
const EVEN = ALL.filter((seq) => seq % 2 === 0);

describe('GET /v1/messages', () => {
  test('has the newest of the caller’s own messages first, as they are stored', async () => {
    const { body, headers } = await answer(get({ limit: '2' }));
    const page = storedMessagesPage.parse(body);
    expect(page.messages).toEqual([50, 48].map((seq) => JSON.parse(lineOf(seq)) as StoredRecord));
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(await seqs({})).toEqual(EVEN.toReversed());
  });

  test('keeps each record to the byte', async () => {
    const { text } = await answer(get({ order: 'oldest', limit: '2' }, 'operator'));
    expect(text.startsWith(`{"messages":[${lineOf(1)},${lineOf(2)}],"next":"`)).toBe(true);
  });

  test.each([
    [{ after: '10', before: '14', order: 'oldest' }, [12]],
    [{ after: '2026-11-21T02:45:07.123Z', before: '2026-11-21T03:45:11.123+01:00' }, [12]],
    [{ after: '2026-11-21T03:45:07.123 01:00', before: '14' }, [12]],
    [{ topic: 'app', order: 'oldest' }, [10, 20, 30, 40, 50]],
    [{ contains: 'é 4', order: 'oldest' }, [4, 42, 44, 46, 48]],
    [{ contains: '{"n":3' }, [30]],
    [{ user: 'DALE', after: '46' }, [50, 48]],
    [{ after: '50' }, []],
  ] as [Record<string, string>, number[]][])('%j finds what it asks for', async (query, expected) => {
    expect(await seqs(query)).toEqual(expected);
  });

  test.each(['application/json', 'application/x-ndjson'])('goes on page by page as %s', async (type) => {
    for (const order of ['newest', 'oldest']) {
      const seen: number[] = [];
      let cursor: string | null | undefined;
      do {
        const query = { order, limit: '7', ...(typeof cursor === 'string' ? { cursor } : {}) };
        const answer = await get(query, 'operator').set('Accept', type).buffer(true).parse(asText);
        const text = String(answer.body);
        expect(answer.headers['content-type']).toContain(type);
        if (type === 'application/json') {
          const page = storedMessagesPage.parse(JSON.parse(text));
          seen.push(...page.messages.map(({ seq }) => seq));
          cursor = page.next;
        } else {
          const page = text.split('\n').slice(0, -1);
          for (const line of page) expect(lines).toContain(line);
          seen.push(...page.map((line) => (JSON.parse(line) as StoredRecord).seq));
          cursor = answer.headers['gather-next'];
        }
      } while (typeof cursor === 'string');
      expect(seen).toEqual(order === 'oldest' ? ALL : ALL.toReversed());
    }
  });

  test('lets nobody but those with the permission read others’ messages', async () => {
    const { status, body } = await answer(get({ user: 'alice' }));
    expect([status, (body as { code: string }).code]).toEqual([403, 'permission.missing']);
    expect((body as { detail: string }).detail).toContain('messages:read');
    expect(await seqs({ user: 'alice', before: '4' }, 'operator')).toEqual([3, 1]);
    expect(await seqs({ before: '4' }, 'operator')).toEqual([3, 2, 1]);
    expect(await seqs({ before: '4' }, 'alice')).toEqual([3, 1]);
    expect(await seqs({}, 'nobody')).toEqual([]);
    expect(await seqs({ before: '4' }, 'reader')).toEqual([3, 2, 1]);
    const refused = await answer(get({}, 'device'));
    expect([refused.status, (refused.body as { detail: string }).detail]).toEqual([
      403,
      'The permission messages:write is needed',
    ]);
  });

  test('shows nobody what an earlier bearer of its name sent', async () => {
    expect(await seqs({ order: 'oldest' }, 'dale@44')).toEqual([44, 46, 48, 50]);
    expect(await seqs({ order: 'oldest', after: '46' }, 'dale@44')).toEqual([48, 50]);
    expect(await seqs({ order: 'oldest', before: '40' }, 'dale@44')).toEqual([]);
    const { next } = storedMessagesPage.parse((await get({ limit: '2' })).body);
    expect((await answer(get({ limit: '2', cursor: String(next) }, 'dale@44'))).status).toBe(400);
  });

  test('takes note of who reads others’ messages, whatever cursor they go on from, and of nobody else', async () => {
    noted.length = 0;
    await seqs({ user: 'operator' }, 'operator');
    await seqs({}, 'dale');
    expect(noted).toEqual([]);
    const { next } = storedMessagesPage.parse((await get({ limit: '2' }, 'operator')).body);
    await seqs({ limit: '2', cursor: String(next) }, 'operator');
    await seqs({ user: 'alice' }, 'operator');
    const actor = { userId: 'operator', name: 'operator', endpoint: '::1', door: 'http' };
    expect(noted).toEqual([
      { action: 'messages.read', actor },
      { action: 'messages.read', actor },
      { action: 'messages.read', actor, subject: { name: 'alice' } },
    ]);
  });

  test.each([
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=1e2', 'limit'],
    ['after=yesterday', 'after'],
    ['after=99999999999999999999', 'after'],
    ['before=2026-02-30T00:00:00Z', 'before'],
    ['before=-1', 'before'],
    ['order=up', 'order'],
    ['topic=a%20b', 'topic'],
    ['contains=', 'contains'],
    [`contains=${'x'.repeat(251)}`, 'contains'],
    [`contains=${'%C3%A9'.repeat(126)}`, 'contains'],
    ['user=', 'user'],
    ['user=dale&user=alice', 'user'],
    ['users=dale', 'users'],
    ['__proto__=x&limit=5', '__proto__'],
    ['cursor=x', 'cursor'],
    ['cursor=', 'cursor'],
  ])('refuses %s and names it', async (query, field) => {
    const { status, body } = await answer(get(query));
    const { code, detail } = body as { code: string; detail: string };
    expect([status, code]).toEqual([400, 'request.invalid_field']);
    expect(detail).toContain(`'${field}'`);
  });

  test('refuses a cursor of another query, of another user, and one that was changed', async () => {
    const { next } = storedMessagesPage.parse((await get({ limit: '2' })).body);
    const cursor = String(next);
    expect(await seqs({ limit: '3', cursor })).toEqual([46, 44, 42]);
    const changed = Buffer.from(Buffer.from(cursor, 'base64url').toString().replace('48', '47')).toString(
      'base64url',
    );
    const foreign = [
      get({ cursor, order: 'oldest' }),
      get({ cursor, topic: 'app' }),
      get({ cursor }, 'alice'),
      get({ cursor }, 'operator'),
      get({ cursor: changed }),
      get({ cursor: `${cursor}=` }),
      get({ cursor: Buffer.from('[1e9,"x"]').toString('base64url') }),
    ];
    for (const { status, body } of await Promise.all(foreign))
      expect([status, (body as { code: string }).code]).toEqual([400, 'request.invalid_field']);
  });

  test('is for those with a token', async () => {
    expect((await request(app).get('/v1/messages')).status).toBe(401);
    expect((await request(app).get('/v1/messages?limit=0')).status).toBe(401);
  });

  test('has no other method here', async () => {
    const { status, headers } = await answer(request(app).put('/v1/messages'));
    expect([status, headers['allow']]).toEqual([405, 'GET, POST']);
  });
});

describe('GET /v1/producers/{id}', () => {
  const ask = (id: string, user = 'dale') =>
    request(app).get(`/v1/producers/${id}`).set('Authorization', `Bearer ${user}`);

  test('has the last number of the caller’s own producer', async () => {
    const { body, headers } = await answer(ask(UUID.toUpperCase()));
    expect(body).toEqual({ producer: UUID, last: 7 });
    expect(headers['cache-control']).toBe('no-store');
    expect((await ask(UUID, 'alice')).body).toEqual({ producer: UUID, last: 0 });
  });

  test('refuses what is no UUID, other methods, and those without a token', async () => {
    const { status, body } = await answer(ask('7'));
    expect([status, (body as { detail: string }).detail]).toEqual([400, "Invalid 'id': must be a UUID"]);
    const other = await request(app).delete(`/v1/producers/${UUID}`);
    expect([other.status, other.headers['allow']]).toEqual([405, 'GET']);
    expect((await request(app).get(`/v1/producers/${UUID}`)).status).toBe(401);
    expect((await ask(UUID, 'device')).status).toBe(403);
  });
});

function asText(response: request.Response, done: (error: Error | null, body: string) => void): void {
  const stream = response as unknown as NodeJS.ReadableStream;
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  stream.on('end', () => {
    done(null, text);
  });
}
