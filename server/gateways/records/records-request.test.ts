import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NO_UTF8, OVER_LONG, type Line } from '../line-reader.js';
import { readRequest } from './records-request.js';

test.each([
  ['-//logon: dale,coffee, black', { command: 'logon', token: '-', args: 'dale,coffee, black' }],
  ['gds_x//get: 1', { command: 'get', token: 'gds_x', args: '1' }],
  ['gds_x//get: ', { command: 'get', token: 'gds_x', args: '' }],
  ['//delete: 1', { command: 'delete', token: '', args: '1' }],
  ['x//add: 1,a//b,c: d,2,3,4', { command: 'add', token: 'x', args: '1,a//b,c: d,2,3,4' }],
  ['x//update: 1,,,,,', { command: 'update', token: 'x', args: '1,,,,,' }],
])('%j is a request', (line, request) => {
  expect(readRequest(line)).toEqual(request);
});

test.each([
  'x//list: 1',
  'x//GET: 1',
  'x// get: 1',
  'x//: 1',
  'x//get : 1',
  'x//constructor: 1',
  'x////get: 1',
])('%j has no command', (line) => {
  expect(readRequest(line)).toBe('Invalid request');
});

test.each<Line>([
  'hello',
  'x/get: 1',
  'x//get',
  'x//get:1',
  'x//get:',
  ': //',
  'get: 1//x',
  ' ',
  OVER_LONG,
  NO_UTF8,
])('%s has not the shape of a request', (line) => {
  expect(readRequest(line)).toBe('Invalid Request');
});

test('whatever is in the arguments stays as it is', () => {
  const token = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('/'));
  fc.assert(
    fc.property(token, fc.string({ unit: 'grapheme' }), (before, args) => {
      const request = { command: 'get', token: before, args };
      expect(readRequest(`${before}//get: ${args}`)).toEqual(request);
    }),
  );
});

test('any text is a request or none', () => {
  const part = fc.oneof(fc.constantFrom('//', ': ', 'get', 'logon', '-', ','), fc.string());
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const line = parts.join('');
      const request = readRequest(line);
      if (typeof request === 'string') expect(request).toMatch(/^Invalid [rR]equest$/);
      else expect(`${request.token}//${request.command}: ${request.args}`).toBe(line);
    }),
  );
});
