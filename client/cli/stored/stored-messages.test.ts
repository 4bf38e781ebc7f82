import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GatherCli } from '../../tests/support/gather-cli.js';
import { problem, startRawServer, type Behaviour } from '../../tests/support/raw-server.js';

let cli: GatherCli;

beforeEach(async () => {
  cli = await GatherCli.create({ GATHER_USER: 'dale', GATHER_TOKEN: 't', GATHER_RETRY_FOR: '1' });
});

afterEach(async () => {
  await cli[Symbol.asyncDispose]();
});

const recordOf = (seq: number, message: unknown) => ({
  seq,
  at: '2026-11-21T02:44:57.123Z',
  user: 'dale',
  endpoint: '127.0.0.1',
  message,
});

/** Answers pages of two records each, and an empty one in between, as a server may. */
const paging: Behaviour = (response, { path }) => {
  const cursor = Number(new URL(path, 'http://x').searchParams.get('cursor') ?? 0);
  const messages =
    cursor === 2
      ? []
      : [recordOf(2 * cursor + 1, `m${String(2 * cursor + 1)}`), recordOf(2 * cursor + 2, [1])];
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ messages, next: cursor === 4 ? null : String(cursor + 1) }));
};

describe('query', () => {
  test('shows messages a line each, with nothing that a terminal obeys', async () => {
    await using server = await startRawServer((response) => {
      const messages = [
        { ...recordOf(2, 'a\u001b[2J\u009b\u202eb\nc'), topic: 'app' },
        recordOf(1, { text: '\u007f' }),
      ];
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ messages, next: null }));
    });
    const { exitCode, stdout } = await cli.run(['query', '--server', server.url]);
    expect(exitCode).toBe(0);
    expect(stdout.split('\n')).toEqual([
      '2 2026-11-21T02:44:57.123Z dale [app] a\\u001b[2J\\u009b\\u202eb\\u000ac',
      '1 2026-11-21T02:44:57.123Z dale {"text":"\\u007f"}',
      '',
    ]);
  });

  test('asks for what its options say, page by page, and for no more than its limit', async () => {
    await using server = await startRawServer(paging);
    const filter = [
      '--after',
      '5',
      '--sender',
      'bob',
      '--topic',
      'app',
      '--contains',
      'a b',
      '--order',
      'oldest',
    ];
    const { stdout } = await cli.run(['query', '-n', '5', '--json', '--server', server.url, ...filter]);
    const records = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { seq: number });
    expect(records.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 7]);
    const first = '/v1/messages?after=5&user=bob&topic=app&contains=a+b&order=oldest&limit=5';
    expect(server.seen.map(({ path }) => path)).toEqual(
      ['', '&cursor=1', '&cursor=2', '&cursor=3'].map((cursor) => `${first}${cursor}`),
    );
  });

  test('says why it is refused', async () => {
    await using server = await startRawServer((response) => {
      problem(response, {
        status: 403,
        detail: 'The permission messages:read is needed',
        code: 'permission.missing',
      });
    });
    expect(await cli.json(['query', '--server', server.url, '--sender', 'bob'])).toMatchObject({
      exitCode: 77,
      error: { kind: 'not_permitted', message: 'The permission messages:read is needed' },
    });
  });
});

describe('export', () => {
  test('writes all pages to a file that appears when it is complete', async () => {
    await using server = await startRawServer(paging);
    const output = join(cli.configDirectory, '..', 'out.csv');
    await writeFile(output, 'old');
    const args = ['export', '--format', 'csv', '--output', output, '--server', server.url];
    expect(await cli.json(args)).toMatchObject({ ok: true, exported: 8, output });
    const rows = (await readFile(output, 'utf8')).trimEnd().split('\n');
    expect(rows).toHaveLength(9);
    expect(rows[0]).toBe('timestamp,username,message,seq,endpoint,topic,time,producer,number');
    expect(rows[2]).toBe('2026-11-21T02:44:57.123Z,dale,"{""message"":[1]}",2,127.0.0.1,,,,');
    expect(server.seen[0]?.path).toBe('/v1/messages?order=oldest&limit=1000');
  });

  test('writes to standard output without a file', async () => {
    await using server = await startRawServer(paging);
    const { stdout } = await cli.run(['export', '--server', server.url]);
    expect(stdout.split('\n')[0]).toBe(JSON.stringify(recordOf(1, 'm1')));
    expect(stdout.trimEnd().split('\n')).toHaveLength(8);
  });

  test('that fails leaves what was there, and nothing else', async () => {
    await using server = await startRawServer((response, seen, count) => {
      if (count < 3) paging(response, seen, count);
      else problem(response, { status: 500, detail: 'Something went wrong', code: 'server.internal' });
    });
    const directory = join(cli.configDirectory, '..');
    const output = join(directory, 'out.ndjson');
    await writeFile(output, 'old');
    expect((await cli.run(['export', '--output', output, '--server', server.url])).exitCode).toBe(1);
    expect(await readFile(output, 'utf8')).toBe('old');
    expect((await readdir(directory)).filter((name) => name.startsWith('out'))).toEqual(['out.ndjson']);
  });

  test('says where it cannot write', async () => {
    await using server = await startRawServer(paging);
    const outcome = await cli.json(['export', '--output', '/nonexistent/x', '--server', server.url]);
    expect(outcome).toMatchObject({
      exitCode: 1,
      error: { message: expect.stringContaining('/nonexistent/x') as unknown },
    });
    expect(server.seen).toEqual([]);
  });
});
