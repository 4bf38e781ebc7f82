import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BULK, bulkHeaders, sendBulk, type BulkOptions } from './support/bulk-client.js';
import { fieldsOf, GatherClient, loginTo } from './support/gather-client.js';
import { DOORS, InProcessGatherd } from './support/in-process-gatherd.js';

// POST /v1/messages, what is refused: the same at both doors.

const PRODUCER = '5bd5f59e-9f4f-4a0c-8a3e-3c0cba0e6e54';
const json: BulkOptions = { type: 'application/json' };
const plain: BulkOptions = { type: 'text/plain' };
const ndjson: BulkOptions = {};
const gzip: BulkOptions = { headers: { 'Content-Encoding': 'gzip' } };

const GOOD = '{"message":"good"}';
const DEEP = '{"message":[[[[1]]]]}';
const LONG_LINE = `{"message":"${'m'.repeat(6000)}"}`;

/** What is wrong with a line, and what the answer says. */
const MALFORMED: readonly (readonly [string, string | Uint8Array, RegExp])[] = [
  ['no JSON', 'nonsense', /is not valid JSON/],
  ['half an object', '{"message":"x"', /is not valid JSON/],
  ['something behind the object', '{"message":"x"} x', /must be one JSON object|is not valid JSON/],
  ['two objects', '{"message":1}{"message":2}', /must be one JSON object/],
  ['a raw control character', '{"message":"\t"}', /is not valid JSON/],
  ['a wrong escape', '{"message":"\\x"}', /is not valid JSON/],
  ['a wrong number', '{"message":01}', /is not valid JSON/],
  ['a word that JSON lacks', '{"message":NaN}', /is not valid JSON/],
  ['a comma too many', '{"message":1,}', /is not valid JSON/],
  ['a text', '"x"', /must be an object/],
  ['an array', '[{"message":1}]', /must be an object/],
  ['no message', '{"topic":"a"}', /has no 'message'/],
  ['an empty object', '{}', /has no 'message'/],
  ['an unknown key', '{"message":1,"user":"root"}', /has the unknown key "user"/],
  ['a key that differs in case', '{"Message":1}', /has the unknown key "Message"/],
  ['too many levels', DEEP, /nested deeper than 4 levels/],
  ['a message that is too long', `{"message":"${'m'.repeat(101)}"}`, /'message' has more than 100 bytes/],
  ['a value that is too long', `{"message":[${'1,'.repeat(50)}1]}`, /'message' has more than 100 bytes/],
  ['a line that is too long', LONG_LINE, /(?:is longer|has more) than \d+ bytes/],
  ['an empty topic', '{"message":1,"topic":""}', /'topic' must be 1 to 64/],
  ['a topic that is too long', `{"message":1,"topic":"${'t'.repeat(65)}"}`, /'topic' must be 1 to 64/],
  ['a topic of other characters', '{"message":1,"topic":"a b"}', /'topic' must be 1 to 64/],
  ['a topic that ends a line', '{"message":1,"topic":"a\\n"}', /'topic' must be 1 to 64/],
  ['a topic that is no text', '{"message":1,"topic":1}', /'topic' must be 1 to 64/],
  ['a time without an offset', '{"message":1,"time":"2026-11-21T02:44:57"}', /'time' must be a time/],
  ['a day that there is not', '{"message":1,"time":"2026-02-30T02:44:57Z"}', /'time' must be a time/],
  ['a time that is no text', '{"message":1,"time":1763693097}', /'time' must be a time/],
  ['bytes that are not UTF-8', Buffer.from('{"message":"\xff"}', 'latin1'), /is not valid UTF-8/],
  [
    'half a surrogate in UTF-8',
    Buffer.from([...Buffer.from('{"message":"'), 0xed, 0xa0, 0x80, 0x22, 0x7d]),
    /UTF-8/,
  ],
  ['NUL bytes', '\0\0', /is not valid JSON/],
];

type Case = [string, string | Uint8Array, BulkOptions, number, Readonly<Record<string, unknown>>];

describe.each(DOORS)('refused bulk messages (door: %s)', (door) => {
  let gatherd: InProcessGatherd;
  let server: { readonly port: number };
  let token: string;
  let seq = 0;

  beforeAll(async () => {
    gatherd = await InProcessGatherd.start({
      GATHERD_MAX_MESSAGE_BYTES: '100',
      GATHERD_MAX_MESSAGES: '3',
      GATHERD_MAX_BODY_BYTES: '1024',
      GATHERD_MAX_JSON_DEPTH: '4',
      GATHERD_TOKEN_TTL: '86400',
    });
    server = { port: Number(new URL(gatherd.url(door)).port) };
    token = await loginTo(server, 'dale');
  });

  afterAll(async () => {
    expect(gatherd.log.filter(({ level }) => level >= 50)).toEqual([]);
    await gatherd[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    seq = (await gatherd.records()).length;
  });

  async function newMessages(): Promise<unknown[]> {
    return (await gatherd.records()).slice(seq).map(({ message }) => message);
  }

  async function expectRefusal(
    body: string | Uint8Array,
    options: BulkOptions,
    status: number,
    members: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const reply = await sendBulk(server, token, body, options);
    expect(reply.headers['content-type']).toBe('application/problem+json');
    expect([reply.status, fieldsOf(reply)]).toEqual([
      status,
      expect.objectContaining({
        type: 'about:blank',
        status,
        accepted: 0,
        duplicates: 0,
        last: null,
        ...members,
      }),
    ]);
  }

  test.each(MALFORMED)(
    'of lines, %s is refused wherever it stands, with what is before it stored',
    async (_what, bad, reason) => {
      for (const before of [0, 1, 3]) {
        for (const after of [0, 2]) {
          seq = (await gatherd.records()).length;
          const lines = [
            ...Array.from({ length: before }, () => GOOD),
            bad,
            ...Array.from({ length: after }, () => GOOD),
          ];
          const body = Buffer.concat(
            lines.map((line) => Buffer.concat([Buffer.from(line), Buffer.from('\n')])),
          );
          await expectRefusal(body, ndjson, 400, {
            code: 'message.malformed',
            line: before + 1,
            reason: expect.stringMatching(reason) as unknown,
            accepted: before,
            last: before === 0 ? null : seq + before,
          });
          expect(await newMessages()).toEqual(Array.from({ length: before }, () => 'good'));
        }
      }
    },
  );

  test.each(MALFORMED.filter(([what]) => !/behind|two objects|line that|an array/.test(what)))(
    'of an array, %s is refused wherever it stands, and nothing is stored',
    async (_what, bad, reason) => {
      for (const before of [0, 1, 2]) {
        const elements = [...Array.from({ length: before }, () => GOOD), bad];
        const joined = elements.flatMap((element) => [Buffer.from(','), Buffer.from(element)]).slice(1);
        const body = Buffer.concat([Buffer.from('['), ...joined, Buffer.from(']')]);
        const isUtf8 = !String(reason).includes('UTF-8');
        await expectRefusal(body, json, 400, {
          code: 'message.malformed',
          line: isUtf8 ? before + 1 : 1,
          reason: expect.stringMatching(reason) as unknown,
        });
      }
      expect(await newMessages()).toEqual([]);
    },
  );

  test.each<Case>([
    [
      'an array over the limit',
      `[${[GOOD, GOOD, GOOD, GOOD].join()}]`,
      json,
      400,
      { code: 'message.malformed', line: 4 },
    ],
    ['an empty body of JSON', '', json, 400, { code: 'message.malformed', line: 1 }],
    ['a body of JSON that is no object', '7', json, 400, { code: 'message.malformed', line: 1 }],
    ['something behind an array', `[${GOOD}] x`, json, 400, { code: 'message.malformed', line: 1 }],
    [
      'a body of JSON over the limit',
      `[${' '.repeat(1100)}]`,
      json,
      413,
      { code: 'request.body_too_large', limit: 1024 },
    ],
    [
      'a body of JSON that is over the limit unpacked',
      gzipSync(`[${' '.repeat(100_000)}]`),
      { ...json, ...gzip },
      413,
      { code: 'request.body_too_large', limit: 1024 },
    ],
    ['a line of text that is too long', 'm'.repeat(101), plain, 400, { code: 'message.malformed', line: 1 }],
    ['text that is not UTF-8', Buffer.from([0xff]), plain, 400, { code: 'message.malformed', line: 1 }],
    ['what is not gzip', GOOD, gzip, 400, { code: 'request.invalid_encoding', encoding: 'gzip' }],
    ['gzip that is cut off', gzipSync(GOOD).subarray(0, -4), gzip, 400, { code: 'request.invalid_encoding' }],
    ['gzip that was altered', altered(gzipSync(GOOD)), gzip, 400, { code: 'request.invalid_encoding' }],
    [
      'gzip with something behind it',
      Buffer.concat([gzipSync(' '), Buffer.from([0x1f, 0x8b, 0xff])]),
      gzip,
      400,
      { code: 'request.invalid_encoding' },
    ],
    [
      'another encoding',
      GOOD,
      { headers: { 'Content-Encoding': 'br' } },
      415,
      { code: 'request.unsupported_media_type' },
    ],
    [
      'two encodings',
      GOOD,
      { headers: { 'Content-Encoding': 'gzip, gzip' } },
      415,
      { code: 'request.unsupported_media_type' },
    ],
    ...['application/xml', 'constructor', 'toString', '__proto__'].map((type): Case => [
      `'${type}' as a type`,
      GOOD,
      { type },
      415,
      { code: 'request.unsupported_media_type' },
    ]),
    [
      'another charset',
      GOOD,
      { type: 'text/plain; charset=latin1' },
      415,
      { code: 'request.unsupported_media_type' },
    ],
    ['no type', GOOD, { type: '' }, 415, { code: 'request.unsupported_media_type' }],
    ['another host', GOOD, { headers: { Host: 'example.com' } }, 421, { code: 'request.unexpected_host' }],
    [
      'a number without a producer',
      GOOD,
      { headers: { 'Gather-Sequence': '1' } },
      400,
      { code: 'request.invalid_header' },
    ],
    [
      'a producer without a number',
      GOOD,
      { headers: { 'Gather-Producer': PRODUCER } },
      400,
      { code: 'request.invalid_header' },
    ],
    ...['x', '', `${PRODUCER}0`, `{${PRODUCER}}`].map((id): Case => [
      `'${id}' as a producer`,
      GOOD,
      { producer: { id, first: 1 } },
      400,
      { code: 'request.invalid_header', header: 'Gather-Producer' },
    ]),
    ...['0', '-1', '1.5', '1e3', '01', '9007199254740992', 'x', '1, 2'].map((number): Case => [
      `'${number}' as a number`,
      GOOD,
      { headers: { 'Gather-Producer': PRODUCER, 'Gather-Sequence': number } },
      400,
      { code: 'request.invalid_header', header: 'Gather-Sequence' },
    ]),
  ])('%s is refused, and nothing is stored', async (_what, body, options, status, members) => {
    await expectRefusal(body, options, status, members);
    expect(await newMessages()).toEqual([]);
  });

  test.each<[string, string | undefined, number, string]>([
    ['no token', undefined, 401, 'token.missing'],
    ['another scheme', 'Basic ZGFsZTpwYXNz', 401, 'token.missing'],
    ['an empty token', 'Bearer ', 401, 'token.missing'],
    ['nonsense for a token', 'Bearer nonsense', 401, 'token.invalid'],
  ])('%s is refused before anything is read', async (_what, authorization, status, code) => {
    using client = new GatherClient(server);
    const headers = {
      ...bulkHeaders(''),
      ...(authorization === undefined ? {} : { Authorization: authorization }),
    };
    if (authorization === undefined) delete (headers as Record<string, string | undefined>)['Authorization'];
    const reply = await client.send(BULK, `${GOOD}\n`, { headers });
    expect([reply.status, fieldsOf(reply)['code'], reply.headers['www-authenticate']]).toEqual([
      status,
      code,
      'Bearer',
    ]);
    expect(await newMessages()).toEqual([]);
  });

  test('a session that has ended, an expired one and one from elsewhere are refused', async () => {
    using client = new GatherClient(server);
    const ended = await client.login('audrey');
    await client.message(ended, 'logout');
    seq += 1;
    const reply = await sendBulk(server, ended, GOOD);
    expect([reply.status, fieldsOf(reply)['code']]).toEqual([403, 'session.not_identified']);
    const elsewhere = await sendBulk(server, token, GOOD, { headers: { 'X-Forwarded-For': '198.51.100.7' } });
    expect([elsewhere.status, fieldsOf(elsewhere)['code']]).toEqual([403, 'session.not_identified']);
    const short = await client.login('bob');
    gatherd.clock.advance(86_401_000);
    const late = await sendBulk(server, short, GOOD);
    expect([late.status, fieldsOf(late)['code']]).toEqual([401, 'token.invalid']);
    token = await client.login('dale');
    expect(await newMessages()).toEqual([]);
  });

  test.each(['PUT', 'PATCH', 'DELETE'])('%s is not allowed there', async (method) => {
    using client = new GatherClient(server);
    const reply = await client.send(BULK, GOOD, { method, headers: bulkHeaders(token) });
    expect([reply.status, fieldsOf(reply)['code']]).toEqual([405, 'request.method_not_allowed']);
    expect(reply.headers.allow).toContain('POST');
  });
});

function altered(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  changed[changed.length - 6] = (changed[changed.length - 6] ?? 0) ^ 1;
  return changed;
}
