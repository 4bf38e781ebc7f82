import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import request, { type Response } from 'supertest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONSOLE } from '../built-files.js';
import { ServedGatherd } from './support/gatherd-program.js';

// The console as it is built and served. What it does is tested in a browser.

const FIRST_LOAD = new URL('../../scripts/first-load.json', import.meta.url);
const ASSETS = join(CONSOLE, 'assets');

let server: ServedGatherd;

beforeAll(async () => {
  server = await ServedGatherd.start();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

function attributesIn(html: string, name: string): readonly string[] {
  return [...html.matchAll(new RegExp(`\\b${name}="([^"]*)"`, 'g'))].map(([, value = '']) => value);
}

/** What is sent of a file, in bytes. */
async function sentBytes(path: string, coding: string): Promise<number> {
  const answer: Response = await request(server.url).head(path).set('Accept-Encoding', coding);
  expect([path, answer.status]).toEqual([path, 200]);
  return Number(answer.headers['content-length']);
}

test('the page has no script and no style of its own, no handler, and nothing from elsewhere', async () => {
  const { text: html } = await request(server.url).get('/console/');
  expect(html.match(/<script\b[^>]*>[^]*?<\/script>/g)).toHaveLength(1);
  expect(html).toMatch(/<script type="module"[^>]* src="\/console\/assets\/[^"]*"[^>]*><\/script>/);
  expect(html).not.toMatch(/<style\b|<base\b|<iframe\b|\sstyle=|\son\w+=|javascript:|__CSP_NONCE__/i);
  for (const address of [...attributesIn(html, 'src'), ...attributesIn(html, 'href')])
    expect(address).toMatch(/^\/console\//);
  expect(html).not.toMatch(/(?:https?:)?\/\/[a-z]/i);
});

test('all that the page names is there, and no more than a first load may have', async () => {
  const { text: html, headers } = await request(server.url).get('/console/');
  const named = [...attributesIn(html, 'src'), ...attributesIn(html, 'href')];
  expect(named.length).toBeGreaterThanOrEqual(3);
  const { max_bytes: most } = JSON.parse(await readFile(FIRST_LOAD, 'utf8')) as { max_bytes: number };
  for (const coding of ['br', 'gzip']) {
    const bytes = await Promise.all(named.map((path) => sentBytes(path, coding)));
    const all = bytes.reduce((sum, each) => sum + each, Number(headers['content-length']));
    expect(all, coding).toBeLessThan(most);
  }
});

test('every asset has a hash in its name, and each encoding of it the same content', async () => {
  const names = await readdir(ASSETS);
  for (const name of names) expect(name).toMatch(/^[\w-]+-[\w-]{8}\.(?:js|css|svg|png|woff2)(?:\.br|\.gz)?$/);
  const encoded = names.filter((name) => /\.(?:br|gz)$/.test(name));
  expect(encoded.length).toBeGreaterThanOrEqual(4);
  for (const name of encoded) {
    const bytes = await readFile(join(ASSETS, name));
    const plain = await readFile(join(ASSETS, name.replace(/\.(?:br|gz)$/, '')));
    expect((name.endsWith('.br') ? brotliDecompressSync(bytes) : gunzipSync(bytes)).equals(plain)).toBe(true);
  }
});

test('no asset loads anything from elsewhere, or makes code of text', async () => {
  for (const name of (await readdir(ASSETS)).filter((each) => /\.(?:js|css)$/.test(each))) {
    const text = await readFile(join(ASSETS, name), 'utf8');
    expect(text, name).not.toMatch(/@import|url\(\s*["']?(?:https?:)?\/\/|sourceMappingURL/);
    expect(text, name).not.toMatch(/(?:import|importScripts|fetch)\(\s*["'`](?:https?:)?\/\//);
    expect(text, name).not.toMatch(/[^\w.]eval\(/);
  }
});

test.each(['/gather.mjs', '/healthz', '/docs', '/v1/console'])(
  'the console takes no other path: %s',
  async (path) => {
    const { status, headers } = await request(server.url).get(path);
    expect(status).toBe(200);
    expect(String(headers['content-security-policy'])).not.toContain(
      "script-src 'self'; style-src 'self' 'nonce-",
    );
  },
);
