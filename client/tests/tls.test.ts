import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { WebSocketServer } from 'ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  makeTestAuthority,
  type TestAuthority,
  type TestPair,
  TIMES,
} from '../../server/tests/support/test-authority.js';
import { openFeed } from '../api/feed/open-feed.js';
import { accountOf, loginOf } from './support/account-answers.js';
import { hello } from './support/feed-server.js';
import { startRawServer } from './support/raw-server.js';
import { type GatherRun, InProcessGather } from './support/run-gather.js';
import { httpReply, startTlsServer, type TlsServer } from './support/tls-server.js';
import { PATIENCE_MS } from '../../server/tests/support/patience.js';

const STORED = { status: 201, body: { status_code: 201, status_message: 'stored', status_description: '' } };
const accepting = httpReply(() => STORED);
const PASSPHRASE = 'damn fine coffee';

let authority: TestAuthority;
let right: TestPair;
let client: TestPair;
let locked: TestPair;
let folder: string;

const file = (name: string): string => join(folder, name);

async function written(name: string, text: string): Promise<string> {
  await writeFile(file(name), text);
  return file(name);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gather-tls-'));
  authority = await makeTestAuthority();
  right = await authority.serverPair();
  client = await authority.clientPair('dale');
  locked = await authority.clientPair('dale', { passphrase: PASSPHRASE });
  await written('ca.crt', authority.caPem);
  await written('dale.crt', client.certPem);
  await written('dale.key', client.keyPem);
  await written('locked.crt', locked.certPem);
  await written('locked.key', locked.keyPem);
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const ENV = { GATHER_USER: 'dale', GATHER_TOKEN: 't' };

async function send(
  server: TlsServer | string,
  more: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<GatherRun> {
  await using gather = await InProcessGather.create(ENV);
  const url = typeof server === 'string' ? server : server.url;
  return await gather.run(['send', 'hail', '--server', url, '--retry-for', '20', ...more], { env });
}

describe('a server is trusted', () => {
  test('by --ca, by GATHER_CA, and by --pin in any of its forms, alone or besides', async () => {
    await using server = await startTlsServer(right, accepting);
    const bare = right.fingerprint.replaceAll(':', '').toLowerCase();
    const ca = ['--ca', file('ca.crt')];
    for (const flags of [
      ca,
      ['--pin', right.fingerprint],
      ['--pin', `${'0'.repeat(64)}, sha256:${bare}`],
      [...ca, '--pin', bare],
    ]) {
      expect(await send(server, flags)).toMatchObject({ exitCode: 0, stderr: '' });
    }
    expect(await send(server, [], { GATHER_CA: file('ca.crt') })).toMatchObject({ exitCode: 0 });
    expect(await send(server, [], { GATHER_PIN: bare })).toMatchObject({ exitCode: 0 });
  });

  test('by a pin alone whatever its name and issuer, but with --ca as well by both', async () => {
    const other = await (await makeTestAuthority('Another')).serverPair({ names: ['elsewhere.example'] });
    await using server = await startTlsServer(other, accepting);
    expect(await send(server, ['--pin', other.fingerprint])).toMatchObject({ exitCode: 0 });
    const both = await send(server, ['--pin', other.fingerprint, '--ca', file('ca.crt')]);
    expect(both.exitCode).toBe(69);
    expect(server.heard.filter((text) => text !== '')).toHaveLength(1);
  });

  test('for the feed, too', async () => {
    const server = createServer({ cert: right.certPem, key: right.keyPem });
    const feed = new WebSocketServer({ server });
    feed.on('connection', (socket) => {
      socket.send(JSON.stringify(hello(0)));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const options = {
      userAgent: 'x',
      connectTimeoutMs: PATIENCE_MS,
      answerTimeoutMs: PATIENCE_MS,
      now: Date.now,
    };
    const tls = { ca: authority.caPem, pins: [], isInsecure: false };
    using connection = await openFeed(
      { ...options, server: `https://127.0.0.1:${String(port)}`, tls },
      't',
      {},
    );
    expect(await connection.next()).toHaveLength(1);
    for (const socket of feed.clients) socket.terminate();
    server.close();
  });
});

describe('nothing is sent, and nothing tried again, where the certificate', () => {
  const wrong: readonly (readonly [string, () => Promise<TestPair>, () => readonly string[], RegExp])[] = [
    [
      'is of an unknown issuer',
      () => authority.serverPair(),
      () => [],
      /nobody whom this machine trusts.*--ca/,
    ],
    [
      'is self-signed',
      () => authority.serverPair({ isSelfSigned: true }),
      () => [],
      /is self-signed: .*--pin/,
    ],
    [
      'is of another issuer of the same name',
      async () => (await makeTestAuthority()).serverPair(),
      () => ['--ca', file('ca.crt')],
      /not from whom --ca says/,
    ],
    [
      'has expired',
      () => authority.serverPair(TIMES.over()),
      () => ['--ca', file('ca.crt')],
      /its certificate has expired/,
    ],
    [
      'is not valid yet',
      () => authority.serverPair(TIMES.notYet()),
      () => ['--ca', file('ca.crt')],
      /not valid before .*clock/,
    ],
    [
      'has other names',
      () => authority.serverPair({ names: ['one.example', '10.1.2.3'] }),
      () => ['--ca', file('ca.crt')],
      /not valid for the name 127\.0\.0\.1, only for one\.example, 10\.1\.2\.3/,
    ],
    [
      'is not the one of the pin',
      () => authority.serverPair(),
      () => ['--ca', file('ca.crt'), '--pin', right.fingerprint],
      /not the one that --pin says.*([0-9A-F]{2}:){31}/,
    ],
  ];

  test.each(wrong)('%s', async (_, pairOf, flagsOf, text) => {
    const pair = await pairOf();
    await using server = await startTlsServer(pair, accepting);
    const { exitCode, stderr } = await send(server, flagsOf());
    expect([exitCode, stderr]).toEqual([69, expect.stringMatching(text)]);
    expect(stderr).toContain('Nothing was sent');
    expect(server.heard.join('')).toBe('');
    expect(server.connections()).toBe(1);
  });

  test('is wrong for the feed, too', async () => {
    await using server = await startTlsServer(right, accepting);
    await using gather = await InProcessGather.create({ ...ENV, GATHER_PIN: '0'.repeat(64) });
    const { exitCode, stderr } = await gather.run(['tail', '--server', server.url]);
    expect([exitCode, stderr]).toEqual([69, expect.stringContaining('not the one that --pin says')]);
    expect(server.heard.join('')).toBe('');
  });

  test('is wrong for the credentials service, too, and is right for it', async () => {
    await using server = await startTlsServer(right, (heard) =>
      heard === 'DELETE\nleo\n' ? 'gone' : undefined,
    );
    await using gather = await InProcessGather.create();
    const address = `127.0.0.1:${String(server.port)}`;
    const input = '4\nleo\n5\n';
    const wrongPin = ['credentials', address, '--pin', '0'.repeat(64)];
    expect((await gather.run(wrongPin, { input })).stdout).toContain('not the one that --pin says');
    expect(server.heard.join('')).toBe('');
    const rightCa = ['credentials', address, '--ca', file('ca.crt')];
    expect((await gather.run(rightCa, { input })).stdout).toContain('gone');
    const both = [...rightCa, '--no-tls'];
    expect(await gather.run(both, { input })).toMatchObject({ exitCode: 2 });
  });
});

describe('--insecure', () => {
  test('takes any certificate, and warns each time, also where it is quiet', async () => {
    await using server = await startTlsServer(await authority.serverPair({ isSelfSigned: true }), accepting);
    await using gather = await InProcessGather.create(ENV);
    for (const more of [['--quiet'], ['--json']]) {
      const { exitCode, stderr } = await gather.run(['send', 'x', '-s', server.url, '--insecure', ...more]);
      expect([exitCode, stderr]).toEqual([0, expect.stringContaining('--insecure')]);
    }
    // It is not remembered.
    expect((await gather.run(['send', 'x'])).exitCode).toBe(69);
  });

  test('says what it sets aside', async () => {
    await using server = await startTlsServer(right, accepting);
    const { stderr } = await send(server, ['--insecure'], { GATHER_PIN: '0'.repeat(64) });
    expect(stderr).toContain('Not looked at: GATHER_PIN');
  });

  test.each([
    ['--ca', 'x'],
    ['--pin', 'x'],
  ])('is refused beside %s', async (...flags) => {
    expect(await send('https://127.0.0.1:1', ['--insecure', ...flags])).toMatchObject({ exitCode: 2 });
  });
});

describe('where one side speaks TLS and the other does not', () => {
  test('plain HTTP to a TLS server names the address to use', async () => {
    await using server = await startTlsServer(right, accepting);
    const { exitCode, stderr } = await send(server.url.replace('https', 'http'));
    expect([exitCode, stderr]).toEqual([69, expect.stringContaining(`use ${server.url}`)]);
    expect(server.heard.join('')).toBe('');
  });

  test('so does the answer of a server that says so itself', async () => {
    await using server = await startRawServer((response) => {
      response.writeHead(400, { 'Content-Type': 'text/plain' }).end('This port speaks TLS: use https://\n');
    });
    const { exitCode, stderr } = await send(server.url);
    expect([exitCode, stderr]).toEqual([69, expect.stringContaining(`use https${server.url.slice(4)}`)]);
  });

  test('TLS to a plain server does, too', async () => {
    await using server = await startRawServer((response) => response.end());
    const { exitCode, stderr } = await send(server.url.replace('http', 'https'));
    expect([exitCode, stderr]).toEqual([69, expect.stringContaining(`use ${server.url}`)]);
  });

  test('a credentials service without TLS is asked without where that is said, whatever is in the environment', async () => {
    await using server = await startRawServer((response) => response.end());
    await using gather = await InProcessGather.create({ GATHER_CA: file('ca.crt') });
    const address = server.url.replace('http://', '');
    const input = '4\nleo\n5\n';
    const { stdout } = await gather.run(['credentials', address], { input });
    expect(stdout).toContain('does not speak TLS there: --no-tls asks it without');
    const without = await gather.run(['credentials', address, '--no-tls'], { input });
    expect(without.stdout).toContain('400 Bad Request');
  });

  test('an option about TLS is refused with an address that says http', async () => {
    const { exitCode, stderr } = await send('http://127.0.0.1:1', ['--ca', file('ca.crt')]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('https://127.0.0.1:1')]);
  });
});

describe("the client's certificate", () => {
  const pair = (name: string): string[] => ['--cert', file(`${name}.crt`), '--key', file(`${name}.key`)];
  const mutual = { requestCert: true, rejectUnauthorized: false };

  test('is shown, with a key that needs a passphrase as well', async () => {
    await using server = await startTlsServer(right, accepting, { ...mutual, ca: authority.caPem });
    const ca = ['--ca', file('ca.crt')];
    expect((await send(server, [...ca, ...pair('dale')])).exitCode).toBe(0);
    const env = { GATHER_KEY_PASSPHRASE: PASSPHRASE };
    expect((await send(server, [...ca, ...pair('locked')], env)).exitCode).toBe(0);
    await using gather = await InProcessGather.create(ENV);
    const argv = ['send', 'x', '-s', server.url, ...ca, ...pair('locked')];
    const asked = await gather.run(argv, { answers: [PASSPHRASE] });
    expect(asked.exitCode).toBe(0);
    expect(asked.stderr).toContain(`Passphrase of ${file('locked.key')}`);
    expect(asked.stderr + asked.stdout).not.toContain(PASSPHRASE);
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'is not shown over %s to a server that is not the right one',
    async (maxVersion) => {
      const { certPem, keyPem } = await (await makeTestAuthority('Stranger')).serverPair();
      for (const trust of [
        ['--pin', right.fingerprint],
        ['--ca', file('ca.crt')],
      ]) {
        let finished = 0;
        const options = { ...mutual, cert: certPem, key: keyPem, maxVersion };
        const server = createTlsServer(options, () => (finished += 1));
        server.on('tlsClientError', () => undefined).listen(0, '127.0.0.1');
        await once(server, 'listening');
        const url = `https://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
        const { exitCode, stderr } = await send(url, [...trust, ...pair('dale')]);
        // It has heard all there was.
        await once(server.close(), 'close');
        expect([exitCode, stderr]).toEqual([69, expect.stringContaining('Nothing was sent')]);
        if (maxVersion === 'TLSv1.2') expect(stderr).toContain('does not speak TLS 1.3, and with an older');
        expect(finished).toBe(0);
      }
    },
  );

  test('cannot be used where files are wrong: 2 for flags, 78 for the environment', async () => {
    await written('nonsense', 'nonsense');
    const crossed = { GATHER_CERT: file('dale.crt'), GATHER_KEY: file('locked.key') };
    const cases: readonly (readonly [readonly string[], Record<string, string>, number, string])[] = [
      [['--ca', file('missing')], {}, 2, 'missing'],
      [['--ca', file('nonsense')], {}, 2, 'no certificate in PEM'],
      [['--cert', file('dale.crt')], {}, 2, '--key'],
      [['--cert', file('dale.crt'), '--key', file('nonsense')], {}, 2, 'no key in PEM'],
      [pair('locked'), {}, 2, 'GATHER_KEY_PASSPHRASE'],
      [pair('locked'), { GATHER_KEY_PASSPHRASE: 'tea' }, 2, 'passphrase'],
      [[], { ...crossed, GATHER_KEY_PASSPHRASE: PASSPHRASE }, 78, 'is not the key of the certificate'],
      [[], { GATHER_CA: file('nonsense') }, 78, 'GATHER_CA'],
      [[], { GATHER_PIN: 'AB:CD' }, 78, 'GATHER_PIN'],
    ];
    for (const [flags, env, exit, text] of cases) {
      const { exitCode, stderr } = await send('https://127.0.0.1:1', flags, env);
      expect([exitCode, stderr]).toEqual([exit, expect.stringContaining(text)]);
    }
  });

  test('is asked for by servers in their handshake: that is said, and not tried again', async () => {
    const strict = { requestCert: true, rejectUnauthorized: true, ca: authority.caPem };
    for (const body of ['none was sent', 'it has expired']) {
      const problem = {
        status: 403,
        code: 'certificate.refused',
        detail: `The client certificate is refused: ${body}`,
      };
      await using server = await startTlsServer(
        right,
        httpReply(() => ({ status: 403, body: problem })),
        mutual,
      );
      const { exitCode, stderr } = await send(server, ['--ca', file('ca.crt')]);
      expect([exitCode, stderr]).toEqual([77, expect.stringContaining(body)]);
      expect(stderr.includes('--cert')).toBe(body === 'none was sent');
      expect(server.connections()).toBe(1);
    }
    await using server = await startTlsServer(right, accepting, strict);
    expect((await send(server, ['--ca', file('ca.crt'), '--retry-for', '0'])).exitCode).not.toBe(0);
    expect(server.heard.join('')).toBe('');
  });
});

describe('gather employees with a certificate', () => {
  const menu = async (
    reply: Parameters<typeof startTlsServer>[1],
    input: string,
    more: readonly string[] = [],
  ): Promise<GatherRun> => {
    await using server = await startTlsServer(right, reply);
    await using gather = await InProcessGather.create();
    const own = ['--ca', file('ca.crt'), '--cert', file('dale.crt'), '--key', file('dale.key')];
    return await gather.run(['employees', '-s', server.url, ...own, ...more], { input });
  };

  test('logs in by it and asks for nothing, and its session ends with it', async () => {
    const routes: string[] = [];
    const reply = httpReply((route) => {
      routes.push(route);
      return { status: 201, body: loginOf(accountOf({ username: 'dale' })) };
    });
    expect(await menu(reply, 'q\n')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^Logged in as dale\n\n {2}q {2}Log out\n[^]*Logged out\n$/) as unknown,
    });
    expect(routes).toEqual(['POST /v1/sessions/certificate', 'DELETE /v1/sessions/current']);
  });

  test('asks for the password where it is not enough, and says why it is of no use', async () => {
    const code = 'certificate.password_needed';
    const wanting = httpReply((route) =>
      route === 'POST /v1/sessions/certificate'
        ? { status: 403, body: { status: 403, code, detail: 'No' } }
        : { status: 201, body: loginOf(accountOf()) },
    );
    const asked = await menu(wanting, 'dale\npie\nq\n');
    expect(asked.stdout).toMatch(/^User name: \nPassword: \n[^]*Logged out\n$/);
    const others = httpReply(() => ({ status: 201, body: loginOf(accountOf({ username: 'audrey' })) }));
    expect((await menu(others, '', ['--user', 'leo'])).stdout).toContain('is of audrey, not of leo\n');
  });
});

describe('gather login with a certificate', () => {
  const login = ['login', 'dale', '--ca'];
  const refused = (status: number, code: string) => ({ status, body: { status, code, detail: 'No' } });

  test('needs no password, is remembered, and renews the session by itself', async () => {
    let tokens = 0;
    const routes: string[] = [];
    const reply = httpReply((route) => {
      routes.push(route);
      if (route === 'POST /v1/sessions/certificate')
        return { status: 201, body: loginOf(accountOf(), `gds_${String((tokens += 1))}`) };
      return tokens === 1 ? refused(401, 'token.invalid') : { status: 200, body: accountOf() };
    });
    await using server = await startTlsServer(right, reply, { requestCert: true, rejectUnauthorized: false });
    await using gather = await InProcessGather.create();
    const address = `127.0.0.1:${String(server.port)}`;
    const flags = ['-s', address, '--cert', file('dale.crt'), '--key', file('dale.key')];
    const first = await gather.run([...login, file('ca.crt'), ...flags]);
    expect(first).toMatchObject({ exitCode: 0, stderr: '' });
    const config = JSON.parse(await readFile(join(gather.directory, 'config.json'), 'utf8')) as object;
    expect(config).toEqual({
      server: server.url,
      user: 'dale',
      tls: { [server.url]: { ca: file('ca.crt'), cert: file('dale.crt'), key: file('dale.key') } },
    });
    // By an address without a scheme: it is remembered that TLS is spoken there.
    expect((await gather.run(['whoami', '-s', address])).exitCode).toBe(0);
    expect(routes.filter((route) => route.includes('certificate'))).toHaveLength(2);
  });

  test.each([
    [403, 'certificate.password_needed'],
    [404, 'request.not_found'],
    [405, 'request.method_not_allowed'],
  ])('asks for the password after a %i %s', async (status, code) => {
    const reply = httpReply((route) =>
      route === 'POST /v1/sessions' ? { status: 201, body: loginOf(accountOf()) } : refused(status, code),
    );
    await using server = await startTlsServer(right, reply);
    await using gather = await InProcessGather.create();
    const argv = [
      ...login,
      file('ca.crt'),
      '-s',
      server.url,
      '--cert',
      file('dale.crt'),
      '--key',
      file('dale.key'),
    ];
    const { exitCode, stderr } = await gather.run(argv, { answers: ['correct horse'] });
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('Password of dale')]);
  });

  test('of somebody else is refused, and its session ended', async () => {
    const routes: string[] = [];
    const reply = httpReply((route) => {
      routes.push(route);
      return { status: 201, body: loginOf(accountOf({ username: 'audrey', email: '' })) };
    });
    await using server = await startTlsServer(right, reply);
    await using gather = await InProcessGather.create();
    const argv = [
      ...login,
      file('ca.crt'),
      '-s',
      server.url,
      '--cert',
      file('dale.crt'),
      '--key',
      file('dale.key'),
    ];
    const { exitCode, stderr } = await gather.run(argv);
    expect([exitCode, stderr]).toEqual([77, expect.stringContaining('of audrey, not of dale')]);
    expect(routes.at(-1)).toBe('DELETE /v1/sessions/current');
  });
});
