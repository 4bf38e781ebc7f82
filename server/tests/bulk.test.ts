import { createConnection } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BULK, bulkHeaders, sendBulk, type BulkOptions } from './support/bulk-client.js';
import { fieldsOf, GatherClient, loginTo } from './support/gather-client.js';
import { DOORS, InProcessGatherd } from './support/in-process-gatherd.js';
import { IS_LONG } from './support/machine.js';

// POST /v1/messages, what is taken: the same at both doors.

const AT = '2026-11-21T02:44:57.123Z';
const PRODUCER = '5bd5f59e-9f4f-4a0c-8a3e-3c0cba0e6e54';
const json: BulkOptions = { type: 'application/json' };
const plain: BulkOptions = { type: 'text/plain' };
const ndjson: BulkOptions = {};

describe.each(DOORS)('bulk messages (door: %s)', (door) => {
  let gatherd: InProcessGatherd;
  let server: { readonly port: number };
  let token: string;
  let seq = 0;
  let stored = 0;

  beforeAll(async () => {
    gatherd = await InProcessGatherd.start({ GATHERD_TOKEN_TTL: '86400' });
    server = { port: Number(new URL(gatherd.url(door)).port) };
    token = await loginTo(server, 'dale');
  });

  afterAll(async () => {
    expect(gatherd.log.filter(({ level }) => level >= 50)).toEqual([]);
    await gatherd[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    stored = (await dumped()).length;
    seq = (await gatherd.records()).length;
  });

  async function dumped(): Promise<Buffer> {
    return readFile(gatherd.file('dump.ndjson'));
  }

  /** The lines that came to the dump in this test, without what all records begin with. */
  async function newLines(): Promise<string[]> {
    const text = (await dumped()).subarray(stored).toString('utf8');
    return text
      .split('\n')
      .slice(0, -1)
      .map((line, index) => {
        const head = `{"seq":${String(seq + 1 + index)},"at":"${AT}","user":"dale","endpoint":"127.0.0.1","message":`;
        expect(line.slice(0, head.length)).toBe(head);
        return line.slice(head.length, -1);
      });
  }

  test.each<[string, BulkOptions, string | Uint8Array, string[]]>([
    ['an object of JSON', json, '{"message":"one"}', ['"one"']],
    ['an array of JSON', json, '[{"message":"one"},{"message":"two"}]', ['"one"', '"two"']],
    ['an empty array', json, ' [ ] ', []],
    ['a pretty-printed object', json, '{\n  "message": {\r\n\t"a": 1\n}\n}\n', ['{   "a": 1 }']],
    [
      'a pretty-printed array',
      json,
      JSON.stringify([{ message: 'one', topic: 'app' }, { message: ['a b', ' '] }], null, 1),
      ['"one","topic":"app"', '[    "a b",    " "   ]'],
    ],
    ['JSON with a charset', { type: 'Application/JSON; charset="UTF-8"' }, '{"message":1}', ['1']],
    ['lines', ndjson, '{"message":"one"}\n{"message":"two"}\n', ['"one"', '"two"']],
    ['lines that end with CR LF', ndjson, '{"message":"one"}\r\n{"message":2}\r\n', ['"one"', '2']],
    ['a last line without its end', ndjson, '{"message":"one"}\n{"message":"two"}', ['"one"', '"two"']],
    [
      'blank lines, which are skipped',
      ndjson,
      '\n\n{"message":"one"}\n \t\r\n{"message":2}\n\n',
      ['"one"', '2'],
    ],
    ['nothing', ndjson, '', []],
    [
      'white space where JSON has it',
      ndjson,
      ' { "time" : "2026-11-21T02:44:57+01:00" , "message" : [ 1 , 2 ] , "topic" : "a.b_c-1" } \n',
      ['[ 1 , 2 ],"topic":"a.b_c-1","time":"2026-11-21T02:44:57+01:00"'],
    ],
    [
      'every kind of value',
      ndjson,
      ['null', 'true', 'false', '0', '-1.5e10', '""', '[]', '{}', '{"message":{"message":1}}']
        .map((value) => `{"message":${value}}\n`)
        .join(''),
      ['null', 'true', 'false', '0', '-1.5e10', '""', '[]', '{}', '{"message":{"message":1}}'],
    ],
    [
      'numbers and escapes as they were sent',
      ndjson,
      '{"message":12345678901234567890.10}\n{"message":"\\u0041\\/\\ud83d\\ude00"}\n',
      ['12345678901234567890.10', '"\\u0041\\/\\ud83d\\ude00"'],
    ],
    ['logout, which is data here', ndjson, '{"message":"logout"}\n{"message":""}\n', ['"logout"', '""']],
    [
      'characters that end lines or that terminals obey, as escapes',
      ndjson,
      '{"message":"a\u007fb\u0085c\u2028d\u202ee\u2066f"}\n',
      ['"a\\u007fb\\u0085c\\u2028d\\u202ee\\u2066f"'],
    ],
    [
      'an escaped topic, which stands without escapes',
      ndjson,
      '{"message":1,"topic":"\\u0061pp"}\n',
      ['1,"topic":"app"'],
    ],
    [
      'text',
      plain,
      'one\ntwo\r\n\n"three"\\\nfour\tfive',
      ['"one"', '"two"', '""', '"\\"three\\"\\\\"', '"four\\u0009five"'],
    ],
    ['text that is one empty line', plain, '\n', ['""']],
    ['no text', plain, '', []],
    [
      'text with what terminals obey',
      { type: 'text/plain; charset=utf-8' },
      '\u001b[31m\u0000\u007f\u009b\u2029 \u{1f600}\r\r\n',
      ['"\\u001b[31m\\u0000\\u007f\\u009b\\u2029 \u{1f600}\\u000d"'],
    ],
    ['JSON in gzip', gzipped(json), gzipSync('[{"message":"one"}]'), ['"one"']],
    ['lines in gzip', gzipped(ndjson), gzipSync('{"message":"one"}\n{"message":2}'), ['"one"', '2']],
    ['text in gzip', gzipped(plain), gzipSync('one\ntwo\n'), ['"one"', '"two"']],
    [
      'gzip of several members, a line across them',
      gzipped(ndjson),
      Buffer.concat([
        gzipSync('{"message":"o'),
        gzipSync('ne"}\n{"message'),
        gzipSync(''),
        gzipSync('":2}\n'),
      ]),
      ['"one"', '2'],
    ],
  ])('%s is stored to the byte', async (_what, options, body, expected) => {
    const reply = await sendBulk(server, token, body, options);
    const last = expected.length === 0 ? null : seq + expected.length;
    expect([reply.status, fieldsOf(reply)]).toEqual([
      200,
      { accepted: expected.length, duplicates: 0, last },
    ]);
    expect(reply.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(reply.text)),
      'cache-control': 'no-store',
    });
    expect(await newLines()).toEqual(expected);
  });

  test('a record with a producer ends with its number, and so never does a message', async () => {
    const body =
      '{"topic":"app","time":"2026-11-21T02:44:57Z","message":{"producer":"x","number":1}}\n{"message":2}\n';
    const id = PRODUCER.toUpperCase();
    const reply = await sendBulk(server, token, body, { producer: { id, first: 1 } });
    expect(fieldsOf(reply)).toEqual({ accepted: 2, duplicates: 0, last: seq + 2 });
    expect(await newLines()).toEqual([
      `{"producer":"x","number":1},"topic":"app","time":"2026-11-21T02:44:57Z","producer":"${PRODUCER}","number":1`,
      `2,"producer":"${PRODUCER}","number":2`,
    ]);
  });

  test('a body in chunks, cut anywhere, is what it is as a whole', async () => {
    const lines = [
      '{"message":"é\u2028"}',
      '',
      '{"message":{"a":[1,"\u{1f600}"]},"topic":"t"}\r',
      ' ',
      '{"message":3}',
    ];
    const bodies = [
      { options: ndjson, body: Buffer.from(lines.join('\n')) },
      { options: plain, body: Buffer.from('é\u2028\r\n\n\u{1f600}\nlast') },
      { options: json, body: Buffer.from('[{"message":"é\u2028"},\n {"message":3}]') },
      {
        options: gzipped(ndjson),
        body: Buffer.concat([gzipSync('{"message":1}\n{"mes'), gzipSync('sage":2}')]),
      },
    ];
    const expected: string[][] = [];
    for (const { options, body } of bodies) {
      stored = (await dumped()).length;
      seq = (await gatherd.records()).length;
      await sendBulk(server, token, body, options);
      expected.push(await newLines());
    }
    const cuts = fc.array(fc.integer({ min: 1, max: 120 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 3 }), cuts, async (index, positions) => {
        const { options, body } = bodies[index] ?? { options: ndjson, body: Buffer.alloc(0) };
        stored = (await dumped()).length;
        seq = (await gatherd.records()).length;
        expect(await sendChunks(pieces(body, positions), options)).toBe(200);
        expect(await newLines()).toEqual(expected[index]);
      }),
      { numRuns: IS_LONG ? 1000 : 60 },
    );
  });

  test('a body in chunks of one byte is what it is as a whole', async () => {
    const body = Buffer.from('{"message":"é\u{1f600}"}\r\n\n{"message":2}');
    expect(
      await sendChunks(
        [...body].map((byte) => Buffer.from([byte])),
        ndjson,
      ),
    ).toBe(200);
    expect(await newLines()).toEqual(['"é\u{1f600}"', '2']);
  });

  test('requests that are sent without waiting are answered and stored in their order', async () => {
    const bodies = ['{"message":"one"}\n', '{"message":"bad', '{"message":"two"}\n'];
    const answer = await raw(
      bodies.map((body, index) => head(body, index === 2 ? ['Connection: close'] : []) + body),
    );
    expect([...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual([
      '200',
      '400',
      '200',
    ]);
    expect(await newLines()).toEqual(['"one"', '"two"']);
  });

  test('a connection is kept after an answer, also after a refusal', async () => {
    using client = new GatherClient(server);
    const headers = bulkHeaders(token);
    for (const [body, status] of [
      ['{"message":1}', 200],
      ['nonsense', 400],
      ['{"message":2}', 200],
    ] as const) {
      const reply = await client.send(BULK, body, { headers });
      expect([reply.status, reply.headers.connection]).toEqual([status, 'keep-alive']);
    }
    expect(await newLines()).toEqual(['1', '2']);
  });

  function head(body: string, more: readonly string[] = []): string {
    const headers = Object.entries(bulkHeaders(token)).map(([name, value]) => `${name}: ${value}`);
    const all = [
      'Host: localhost',
      ...headers,
      `Content-Length: ${String(Buffer.byteLength(body))}`,
      ...more,
    ];
    return [`POST ${BULK} HTTP/1.1`, ...all, '', ''].join('\r\n');
  }

  async function sendChunks(chunks: readonly Buffer[], options: BulkOptions): Promise<number> {
    const headers = Object.entries(bulkHeaders(token, options)).map(([name, value]) => `${name}: ${value}`);
    const all = ['Host: localhost', ...headers, 'Transfer-Encoding: chunked', 'Connection: close'];
    const parts = chunks.flatMap((chunk) => [`${chunk.length.toString(16)}\r\n`, chunk, '\r\n']);
    const answer = await raw([[`POST ${BULK} HTTP/1.1`, ...all, '', ''].join('\r\n'), ...parts, '0\r\n\r\n']);
    return Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
  }

  /** Writes parts, each in a packet of its own as far as that can be had; answers all that comes back. */
  async function raw(parts: readonly (string | Uint8Array)[]): Promise<string> {
    const socket = createConnection(server.port, '127.0.0.1').setNoDelay();
    const answer = readText(socket);
    for (const part of parts) await new Promise((resolve) => socket.write(part, resolve));
    return answer;
  }
});

function gzipped({ type }: BulkOptions): BulkOptions {
  return { ...(type === undefined ? {} : { type }), headers: { 'Content-Encoding': 'gzip' } };
}

function pieces(body: Buffer, positions: readonly number[]): Buffer[] {
  const cuts = [
    ...new Set([0, ...positions.map((position) => Math.min(position, body.length)), body.length]),
  ];
  cuts.sort((one, other) => one - other);
  return cuts.slice(1).map((end, index) => body.subarray(cuts[index], end));
}
