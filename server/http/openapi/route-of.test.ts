import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OPERATIONS } from './operations.js';
import { createRouteOf } from './route-of.js';

const routeOf = createRouteOf(OPERATIONS);

test.each([
  ['POST', '/', 'POST /'],
  ['POST', '/message', 'POST /message'],
  ['POST', '/Message/', 'POST /message'],
  ['POST', '/message?x=1', 'POST /message'],
  ['POST', '/message#x', 'POST /message'],
  ['POST', 'http://localhost:6174/message', 'POST /message'],
  ['GET', '/v1/messages?limit=1', 'GET /v1/messages'],
  ['HEAD', '/healthz', 'GET /healthz'],
  ['GET', '/v1/producers/0b2c7f2e-5f0c-4a1e-9b4e-3c0d6e1f2a3b', 'GET /v1/producers/{id}'],
  ['GET', '/v1/producers/{id}', 'GET /v1/producers/{id}'],
  ['GET', '/v1/producers/', 'other'],
  ['GET', '/v1/producers/a/b', 'other'],
  ['GET', '/message', 'other'],
  ['PUT', '/v1/messages', 'other'],
  ['POST', '//message', 'other'],
])('%s %s is %s', (method, url, name) => {
  expect(routeOf({ method, url })).toBe(name);
});

test('whatever is asked for, there are no more names than operations and one', () => {
  const names = new Set([...OPERATIONS.map(({ method, path }) => `${method} ${path}`), 'other']);
  const urls = fc.oneof(
    fc.webPath(),
    fc.webUrl(),
    fc.string(),
    fc.constantFrom(...OPERATIONS.map(({ path }) => path)),
  );
  fc.assert(
    fc.property(fc.constantFrom('GET', 'POST', 'HEAD', 'X'), urls, (method, url) => {
      expect(names.has(routeOf({ method, url }))).toBe(true);
    }),
  );
});
