import type { Router } from 'express';
import { expect, test } from 'vitest';
import { GATHER_PATHS } from '../http/gather-door.js';
import { OPERATIONS } from '../http/openapi/operations.js';
import { InProcessGatherd } from './support/in-process-gatherd.js';
import { described } from './support/openapi-check.js';

interface Route {
  /** `_all` where it takes every method. */
  readonly method: string;
  readonly path: string;
}

interface Layer {
  readonly route?: {
    readonly path: string | RegExp | readonly (string | RegExp)[];
    readonly methods: object;
  };
  readonly handle?: Partial<Router>;
}

// Express registers what takes every method of the application under each of them.
function methodsOf(methods: object): readonly string[] {
  const names = Object.keys(methods).map((name) => name.toUpperCase());
  return names.includes('_ALL') || names.includes('TRACE') ? ['_all'] : names;
}

/** Every route that Express knows, its routers' own ones too; a path parameter stands in braces. */
function routesOf(layers: readonly Layer[]): Route[] {
  return layers.flatMap(({ route, handle }) => {
    if (route === undefined) return routesOf((handle?.stack ?? []) as unknown as Layer[]);
    return [route.path]
      .flat()
      .flatMap(pathsOf)
      .flatMap((path) => methodsOf(route.methods).map((method) => ({ method, path })));
  });
}

// The console is the one that takes whatever is written behind its path, also what cannot be decoded.
function pathsOf(path: string | RegExp): readonly string[] {
  if (typeof path === 'string') return [path.replace(/[:*](\w+)/g, '{$1}')];
  return ['/console', '/console/{path}'].filter((one) => path.test(one));
}

test('every route has an entry in the description, and every entry a route', async () => {
  await using gatherd = await InProcessGatherd.start();
  const routes = routesOf(gatherd.app.router.stack as unknown as Layer[]);
  const isDescribed = ({ method, path }: Route) =>
    OPERATIONS.some((each) => each.path === path && (method === '_all' || each.method === method));
  const isRouted = ({ method, path }: Route) =>
    routes.some((each) => each.path === path && (each.method === method || GATHER_PATHS.has(path)));
  expect(routes.filter((route) => !isDescribed(route))).toEqual([]);
  expect(OPERATIONS.filter((operation) => !isRouted(operation)).map(({ id }) => id)).toEqual([]);
});

const PROBLEM = { type: 'about:blank', title: 'x', detail: 'x' };

/** What a good answer has, and in each case one thing that is not described. */
test.each([
  ['a path', 'GET', '/healthz/more', 200, { status: 'ok' }],
  ['a method', 'PUT', '/healthz', 200, { status: 'ok' }],
  ['a status', 'GET', '/healthz', 202, { status: 'ok' }],
  ['a field', 'GET', '/healthz', 200, { status: 'ok', more: 1 }],
  ['a value', 'GET', '/healthz', 200, { status: 'fine' }],
  [
    'a text of another error',
    'POST',
    '/identify',
    403,
    { status_code: 403, status_message: 'No!', status_description: 'Forbidden' },
  ],
  [
    'another status in the body',
    'POST',
    '/message',
    201,
    { status_code: '201', status_message: 'x', status_description: 'x' },
  ],
  [
    'an error of another operation',
    'GET',
    '/healthz',
    404,
    { ...PROBLEM, status: 404, code: 'request.not_found' },
  ],
])('%s that is not described is found', (_what, method, url, status, body) => {
  const type = status === 404 ? 'application/problem+json' : 'application/json';
  const headers = { 'content-type': type, 'x-request-id': 'id' };
  expect(() => described(method, url, { status, headers, text: JSON.stringify(body) })).toThrow(
    'does not describe',
  );
});

test('a header that is missing, another media type and a missing Allow are found', () => {
  const text = '{"status":"ok"}';
  const headers = { 'content-type': 'application/json', 'x-request-id': 'id' };
  const good = { status: 200, headers, text };
  expect(described('GET', '/healthz', good)).toBe(good);
  expect(described('HEAD', '/healthz', { ...good, text: '' })).toMatchObject({ text: '' });
  for (const bad of [{ 'content-type': 'application/json' }, { ...headers, 'content-type': 'text/html' }])
    expect(() => described('GET', '/healthz', { ...good, headers: bad })).toThrow('does not describe');
  const refusal = { ...PROBLEM, status: 405, code: 'request.method_not_allowed' };
  const refused = { 'content-type': 'application/problem+json', 'x-request-id': 'id', allow: 'GET' };
  const answer = { status: 405, headers: refused, text: JSON.stringify(refusal) };
  expect(described('POST', '/healthz', answer)).toBe(answer);
  expect(() => described('POST', '/healthz', { ...answer, headers: { ...refused, allow: 'POST' } })).toThrow(
    'Allow',
  );
});
