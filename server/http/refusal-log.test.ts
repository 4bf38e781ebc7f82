import { pino } from 'pino';
import { expect, test } from 'vitest';
import { AppError } from '../errors/app-error.js';
import { createRefusalLog } from './refusal-log.js';

function lineOf(error: unknown, url = '/'): Readonly<Record<string, unknown>> {
  const lines: string[] = [];
  const logRefusal = createRefusalLog(pino({ base: null }, { write: (line: string) => lines.push(line) }));
  logRefusal(error, { method: 'POST', url }, 'id', '127.0.0.1');
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? '') as Readonly<Record<string, unknown>>;
}

test('what could not be served is logged with its cause', () => {
  const cause = new Error('the disk went away');
  const line = lineOf(new AppError('dump.write_failed', { cause }));
  expect(line).toMatchObject({
    level: 40,
    code: 'dump.write_failed',
    err: { message: 'the disk went away' },
  });
  expect(lineOf(cause)).toMatchObject({ level: 50, err: { message: 'the disk went away' } });
});

test('no more than the beginning of a long path is logged', () => {
  const { path } = lineOf(new AppError('request.not_found'), `/${'x'.repeat(10_000)}`);
  expect(path).toBe(`/${'x'.repeat(199)}`);
});

test.each([
  ['/v1/messages?token=abc&search=dale@example.org', '/v1/messages'],
  [`/v1/users/gds_${'A'.repeat(43)}/sessions`, '/v1/users/[token]/sessions'],
  [`/gdt_${'a-_'.repeat(14)}b`, '/[token]'],
  ['/v1/tokens/eyJhbGciOiJIUzI1NiJ9.eyJzaWQiOiIxIn0.c2lnbmF0dXJl', '/v1/tokens/[token]'],
])('of %s neither a token nor what was searched for is logged', (url, path) => {
  expect(lineOf(new AppError('request.not_found'), url)).toMatchObject({ path });
});
