import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InProcessGatherd } from '../../tests/support/in-process-gatherd.js';
import { RawConnection } from '../../tests/support/raw-connection.js';

const SCRIPT = `console.log('${'hello '.repeat(300)}');\n`;
const PAGE = `<!doctype html><meta name="csp-nonce" content="__CSP_NONCE__"><style nonce="__CSP_NONCE__"></style>\n`;
const ICON = '<svg xmlns="http://www.w3.org/2000/svg"/>\n';
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

let gatherd: InProcessGatherd;

beforeAll(async () => {
  gatherd = await InProcessGatherd.start();
});

afterAll(async () => {
  await gatherd[Symbol.asyncDispose]();
});

async function writeConsole(folder: string): Promise<void> {
  await mkdir(join(folder, 'assets'), { recursive: true });
  await mkdir(join(folder, '.vite'));
  const files: readonly (readonly [string, string | Buffer])[] = [
    ['index.html', PAGE],
    ['favicon.svg', ICON],
    ['.vite/manifest.json', '{}'],
    ['assets/main-abc.js', SCRIPT],
    ['assets/main-abc.js.br', brotliCompressSync(SCRIPT)],
    ['assets/main-abc.js.gz', gzipSync(SCRIPT)],
    ['assets/small-abc.css', 'p {}\n'],
  ];
  for (const [name, content] of files) await writeFile(join(folder, name), content);
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  readonly body: unknown;
}

async function get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const asked = request(gatherd.url('front')).get(path).set('Accept-Encoding', 'identity');
  return asked.set(headers);
}

async function ask(requestLine: string, more = ''): Promise<string> {
  using connection = await RawConnection.open(gatherd.url('front').replace('http://', ''));
  await connection.send(`${requestLine} HTTP/1.1\r\nHost: localhost\r\n${more}Connection: close\r\n\r\n`);
  return await connection.reply;
}

test('the console is not there before it is built, and then is read once for everybody', async () => {
  for (const path of ['/console', '/console/', '/console/messages', '/console/assets/main-abc.js']) {
    const { status, body, headers } = await get(path);
    expect([status, headers['cache-control'], body]).toMatchObject([
      404,
      'no-store',
      { code: 'request.not_found' },
    ]);
  }
  await writeConsole(gatherd.file('console'));
  expect((await get('/console/')).status).toBe(200);
  await rm(gatherd.file('console'), { recursive: true });
  expect((await get('/console/assets/main-abc.js')).text).toBe(SCRIPT);
});

describe('the page', () => {
  test('is at /console/, where /console leads', async () => {
    const { status, headers } = await get('/console?range=2h');
    expect([status, headers['location']]).toEqual([308, '/console/?range=2h']);
    expect((await get('/console//elsewhere.example/..')).headers['location']).toBeUndefined();
  });

  test('has a policy with a nonce that is new each time, is kept nowhere and may ask for nothing', async () => {
    const nonces = new Set<string>();
    for (const path of ['/console/', '/console/messages', '/console/users/dale?tab=sessions']) {
      const { status, text, headers } = await get(path, { 'If-None-Match': '*' });
      const nonce = /'nonce-([^']*)'/.exec(String(headers['content-security-policy']))?.[1] ?? '';
      expect(status).toBe(200);
      expect(Buffer.from(nonce, 'base64url').length).toBe(16);
      expect(text).toBe(PAGE.replaceAll('__CSP_NONCE__', nonce));
      nonces.add(nonce);
      expect(headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'content-security-policy':
          `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data: blob:; ` +
          "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      });
      expect(headers['permissions-policy']).toMatch(/camera=\(\), .*clipboard-write=\(self\)$/);
    }
    expect(nonces.size).toBe(3);
  });

  test('is under a name with a dot only for who asks for a page', async () => {
    expect((await get('/console/users/dale.b', { Accept: BROWSER })).text).toContain('<!doctype html>');
    expect((await get('/console/missing.js', { Accept: '*/*' })).status).toBe(404);
    expect((await get('/console/favicon.ico', { Accept: 'image/*,*/*;q=0.8' })).status).toBe(404);
  });

  test('is at an address that is written wrongly, too', async () => {
    for (const path of ['/console/users/%zz', '/console/%', '/console/users/%c3%28/x'])
      expect((await get(path, { Accept: BROWSER })).text).toContain('<!doctype html>');
    for (const path of ['/console/assets/%zz', '/consoles', '/console.html'])
      expect((await get(path, { Accept: BROWSER })).status).toBe(404);
  });

  test('is for served hosts only', async () => {
    for (const path of ['/console', '/console/', '/console/assets/main-abc.js'])
      expect((await get(path, { Host: 'rebound.example' })).status).toBe(421);
  });
});

describe('a file', () => {
  test('whose name changes with its content is kept for good', async () => {
    const { headers, text } = await get('/console/assets/small-abc.css');
    expect(text).toBe('p {}\n');
    expect(headers).toMatchObject({
      'content-type': 'text/css; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    });
    expect(headers).not.toHaveProperty('vary');
    expect(headers).not.toHaveProperty('set-cookie');
  });

  test('with another name is asked for each time', async () => {
    const { headers, body } = await get('/console/favicon.svg');
    expect((body as Buffer).toString()).toBe(ICON);
    expect([headers['content-type'], headers['cache-control']]).toEqual(['image/svg+xml', 'no-cache']);
    const known = await get('/console/favicon.svg', { 'If-None-Match': String(headers['etag']) });
    expect([known.status, known.headers['cache-control']]).toEqual([304, 'no-cache']);
  });

  test.each([
    ['br', 'gzip, deflate, br, zstd'],
    ['br', 'br'],
    ['gzip', 'gzip, deflate'],
    ['gzip', 'br;q=0, gzip;q=0.5'],
    [undefined, 'br;q=0, gzip;q=0'],
    [undefined, 'identity'],
    [undefined, 'zstd, brr'],
    [undefined, ''],
  ])('is encoded in %s for who accepts %j', async (coding, accepted) => {
    const asked = request(gatherd.url('front')).head('/console/assets/main-abc.js');
    const { status, headers } = await asked.set('Accept-Encoding', accepted);
    expect([status, headers['content-encoding'], headers['vary']]).toEqual([200, coding, 'Accept-Encoding']);
  });

  test('has a tag of its own in each encoding, and is the same in all', async () => {
    const answers = await Promise.all(
      ['identity', 'gzip', 'br'].map((each) =>
        get('/console/assets/main-abc.js', { 'Accept-Encoding': each }),
      ),
    );
    expect(new Set(answers.map(({ headers }) => headers['etag'])).size).toBe(3);
    for (const { text } of answers) expect(text).toBe(SCRIPT);
    const raw = await ask('GET /console/assets/main-abc.js', 'Accept-Encoding: gzip\r\n');
    expect(raw).toContain(`Content-Length: ${String(gzipSync(SCRIPT).length)}`);
  });

  test('is told of by HEAD, and sent as a whole where a part is asked for', async () => {
    const head = await request(gatherd.url('front'))
      .head('/console/assets/main-abc.js')
      .set('Accept-Encoding', 'br');
    expect([head.status, head.headers['content-length']]).toEqual([
      200,
      String(brotliCompressSync(SCRIPT).length),
    ]);
    for (const range of ['bytes=0-3', 'bytes=-3', 'bytes=9-2', 'bytes=999999-', 'lines=1-2'])
      expect(await get('/console/assets/main-abc.js', { Range: range })).toMatchObject({
        status: 200,
        text: SCRIPT,
      });
  });

  test.each([
    'assets/main-abd.js',
    'assets/main-abc.js.br',
    'assets/main-abc.js.gz',
    'assets/main-abc.js/',
    'assets/',
    'assets',
    'assets/page',
    '.vite/manifest.json',
    'index.html',
    'favicon.svg.br',
  ])('that is not there is an error, and not the page: %s', async (path) => {
    const { status, headers, body } = await get(`/console/${path}`);
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      404,
      'application/problem+json; charset=utf-8',
      'no-store',
    ]);
    expect(body).toMatchObject({ code: 'request.not_found' });
  });

  test('that is missing is an error for a browser, too', async () => {
    expect((await get('/console/assets/main-abd.js', { Accept: BROWSER })).status).toBe(404);
  });
});

test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const)('%s is refused', async (method) => {
  for (const path of ['/console', '/console/', '/console/messages', '/console/assets/main-abc.js']) {
    const { status, headers } = await request(gatherd.url('front'))[method.toLowerCase() as 'put'](path);
    expect([status, headers['allow']]).toEqual([405, 'GET']);
  }
});

test.each([
  ['/console/../gatherd.db'],
  ['/console/assets/../../gatherd.db'],
  ['/console/assets/..%2f..%2fgatherd.db'],
  ['/console/..%2fgatherd.db'],
  ['/console/..%5cgatherd.db'],
  ['/console/..\\gatherd.db'],
  ['/console/%2e%2e/gatherd.db'],
  ['/console/%252e%252e%252fgatherd.db'],
  ['/console//etc/passwd'],
  ['/console/assets//etc/passwd'],
  ['/console/assets/%00/main-abc.js'],
  ['/console/assets/%zz'],
  ['/console/%c0%ae%c0%ae/gatherd.db'],
  ['http://localhost/console/../gatherd.db'],
  ['/console/__proto__'],
  ['/console/assets/constructor'],
])('nothing leads out of the console: %s', async (path) => {
  const answer = await ask(`GET ${path}`, `Accept: ${BROWSER}\r\n`);
  const [status] = /(?<=^HTTP\/1.1 )\d+/.exec(answer) ?? [];
  expect(['200', '400', '404']).toContain(status);
  if (status === '200') expect(answer).toContain("default-src 'none'; script-src 'self'");
  expect(answer).not.toMatch(/SQLite format|root:/);
});
