import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { AppError } from '../errors/app-error.js';
import { assertJson, assertMethod, createHostGuard, createOriginGuard } from './request-guards.js';

function requestWith(headers: Readonly<Record<string, string>>, method = 'POST'): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  Object.assign(request.headers, headers);
  request.method = method;
  return request;
}

function codeOf(work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return error.code;
  }
}

describe('a Host', () => {
  const guard = createHostGuard(['127.0.0.1', 'Machine', 'gather.example']);

  test.each([
    'localhost',
    'localhost:6174',
    'LocalHost:1',
    '127.0.0.1',
    '127.0.0.1:6174',
    '10.0.0.7:80',
    '[::1]',
    '[::1]:6174',
    '[fe80::1]:80',
    'machine',
    'MACHINE:6174',
    'gather.example:443',
  ])('%s is served', (host) => {
    expect(
      codeOf(() => {
        guard(requestWith({ host }));
      }),
    ).toBeUndefined();
  });

  test.each([
    '',
    'evil.example',
    'evil.example:6174',
    'localhost.evil.example',
    'evil.example#localhost',
    'localhost:x',
    'localhost@evil.example',
    'x.gather.example',
    '127.0.0.1.evil.example',
    '0x7f.1',
    '2130706433',
    '[::1',
    '[::1].evil.example',
    '[localhost.evil]',
    ' localhost',
  ])('%s is not', (host) => {
    expect(
      codeOf(() => {
        guard(requestWith({ host }));
      }),
    ).toBe('request.unexpected_host');
  });

  test('that is absent makes the request malformed', () => {
    expect(
      codeOf(() => {
        guard(requestWith({}));
      }),
    ).toBe('request.malformed');
  });
});

test('one method is allowed', () => {
  expect(
    codeOf(() => {
      assertMethod(requestWith({}, 'POST'), 'POST');
    }),
  ).toBeUndefined();
  for (const method of ['GET', 'post', 'PURGE']) {
    expect(
      codeOf(() => {
        assertMethod(requestWith({}, method), 'POST');
      }),
    ).toBe('request.method_not_allowed');
  }
});

describe('a Content-Type', () => {
  test.each([
    'application/json',
    'APPLICATION/JSON',
    'application/json;charset=utf-8',
    'application/json ; charset="UTF-8"',
    'application/json; charset=utf8',
  ])('%s is JSON', (type) => {
    expect(
      codeOf(() => {
        assertJson(requestWith({ 'content-type': type }));
      }),
    ).toBeUndefined();
  });

  test.each([
    '',
    'text/plain',
    'application/json5',
    'application/json+x',
    'application/problem+json',
    'application/json, text/plain',
    'application/json; charset=latin1',
    'application/json; charset=utf-8; x=y',
    'text/plain; a=application/json',
  ])('%s is not', (type) => {
    expect(
      codeOf(() => {
        assertJson(requestWith({ 'content-type': type }));
      }),
    ).toBe('request.unsupported_media_type');
  });

  test.each([
    ['identity', undefined],
    ['Identity', undefined],
    ['gzip', 'request.unsupported_media_type'],
    ['br', 'request.unsupported_media_type'],
  ])('with the Content-Encoding %s', (encoding, code) => {
    const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
    expect(
      codeOf(() => {
        assertJson(requestWith(headers));
      }),
    ).toBe(code);
  });
});

describe('an Origin', () => {
  const hosts = { host: 'gatherd.example:6174' };
  const codeOver = (isSecure: boolean, headers: Readonly<Record<string, string>>) =>
    codeOf(() => {
      createOriginGuard(() => isSecure)(requestWith({ ...hosts, ...headers }));
    });

  test.each([
    [true, 'https://gatherd.example:6174'],
    // A proxy that is not trusted may have spoken TLS.
    [false, 'https://gatherd.example:6174'],
    [false, 'http://gatherd.example:6174'],
  ])('is our own (over TLS: %j): %s', (isSecure, origin) => {
    expect(codeOver(isSecure, { origin })).toBeUndefined();
    expect(codeOver(isSecure, {})).toBeUndefined();
  });

  test.each([
    [true, 'http://gatherd.example:6174'],
    [true, 'ftp://gatherd.example:6174'],
    [true, 'https://gatherd.example'],
    [false, 'http://gatherd.example'],
    [false, 'null'],
    [false, ''],
  ])('is another one (over TLS: %j): %s', (isSecure, origin) => {
    expect(codeOver(isSecure, { origin })).toBe('request.foreign_origin');
  });

  test('without a port is of the port of its scheme', () => {
    const headers = { host: 'gatherd.example', origin: 'http://gatherd.example' };
    expect(codeOver(false, headers)).toBeUndefined();
    expect(codeOver(true, headers)).toBe('request.foreign_origin');
  });
});
