import { createHash } from 'node:crypto';
import express from 'express';
import fc from 'fast-check';
import request from 'supertest';
import { expect, test } from 'vitest';
import { createOpenApiDocument } from '../openapi/openapi-document.js';
import { OPERATIONS } from '../openapi/operations.js';
import { commandsTo } from './curl.js';
import { createDocsPage } from './docs-page.js';
import { html, inline, prose } from './html.js';
import { createReferenceRoutes } from './reference-routes.js';

const app = express().use(createReferenceRoutes(OPERATIONS));

test('what is put into a template never becomes markup', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const made of [html`<p title="${text}">${[text]}</p>`, prose(text), inline(text)]) {
        const tags = made.text.replace(/<\/?(?:p|code)(?: title="[^"<>]*")?>/g, '');
        expect(tags).not.toMatch(/[<>"']/);
        expect(tags.replace(/&(?:amp|lt|gt|quot|#39);/g, '')).not.toContain('&');
      }
    }),
  );
});

test('a description that holds markup is shown as text', () => {
  const [first] = OPERATIONS;
  if (first === undefined) throw new Error('there is no operation');
  const hostile = {
    ...first,
    summary: '<script>alert(1)</script>',
    description: `"><img src=x onerror='x'>`,
  };
  const page = createDocsPage(createOpenApiDocument([hostile]), false);
  expect(page).not.toMatch(/<script|<img/);
  expect(page).toContain('&lt;script&gt;');
});

test('the page shows every operation and every schema, and each link within it leads somewhere', async () => {
  const { text } = await request(app)
    .get('/docs')
    .expect(200)
    .expect('Content-Type', /^text\/html/);
  const ids = new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
  const links = [...text.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
  expect(OPERATIONS.filter(({ id }) => !ids.has(id))).toEqual([]);
  expect(links.filter((id) => !ids.has(id))).toEqual([]);
  expect(links).toContain('schema-BulkMessage');
});

test('the page has no script, nothing from elsewhere, and its policy allows neither', async () => {
  const { text, headers } = await request(app).get('/docs');
  const policy = String(headers['content-security-policy']);
  expect(policy).toMatch(/^default-src 'none'; /);
  expect(policy).not.toMatch(/unsafe|https?:|\*|script/);
  const style = /<style>(.*)<\/style>/s.exec(text)?.[1] ?? '';
  expect(policy).toContain(createHash('sha256').update(style).digest('base64'));
  expect(text).not.toMatch(/<script| on\w+=| style=|(?:src|href)="(?:https?:)?\/\//);
});

test('openapi.json is the document, and a client that has it is not sent it again', async () => {
  const reply = await request(app)
    .get('/openapi.json')
    .expect(200)
    .expect('Content-Type', /^application\/json/);
  expect(reply.body).toEqual(JSON.parse(JSON.stringify(createOpenApiDocument(OPERATIONS))));
  await request(app).get('/openapi.json').set('If-None-Match', String(reply.headers['etag'])).expect(304);
});

test('every command line to try has its quotes closed', async () => {
  const { text } = await request(app).get('/docs');
  const commands = [...text.matchAll(/<pre class="curl"><code>([^<]*)<\/code>/g)].map(
    ([, command = '']) => command,
  );
  expect(commands).toHaveLength(OPERATIONS.length);
  for (const command of commands) expect(command.split('&#39;').length % 2, command).toBe(1);
});

test.each([
  ['gather.example:6174', 'gather.example:6174'],
  ['[::1]:80', '[::1]:80'],
  [`x'><script>`, '127.0.0.1:6174'],
])('command lines go to the host that the page is asked of: %s', async (host, shown) => {
  const { text } = await request(app).get('/docs').set('Host', host);
  expect(text).toContain(`curl &#39;http://${shown}/healthz&#39;`);
  expect(text).not.toContain('host.invalid');
});

test('over TLS they speak it, and trust the authority', () => {
  const page = createDocsPage(createOpenApiDocument(OPERATIONS), true);
  expect(commandsTo('localhost:1', page)).toContain(
    'curl --cacert ca.crt &#39;https://localhost:1/healthz&#39;',
  );
});
