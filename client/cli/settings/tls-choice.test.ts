import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parsePins, shownFingerprint } from '../../api/tls/server-tls.js';
import { resolveSettings } from './settings.js';

const PIN = 'ab'.repeat(32);
const URL = 'https://host:6174';
const KNOWN = { server: URL, user: 'dale', tls: { [URL]: { ca: '/known/ca.crt', pin: PIN } } };

test.each([
  [{ server: 'host' }, {}, {}, 'http://host:6174'],
  [{ server: 'host', ca: 'ca.crt' }, {}, {}, URL],
  [{ server: 'host', insecure: true }, {}, {}, URL],
  [{ server: 'host' }, { GATHER_PIN: PIN }, {}, URL],
  [{ server: 'host' }, {}, KNOWN, URL],
  [{ server: 'other' }, {}, KNOWN, 'http://other:6174'],
  [{ server: 'http://host:6174' }, {}, KNOWN, 'http://host:6174'],
  [{}, {}, KNOWN, URL],
  [{}, {}, { server: 'http://host:6174', user: 'dale' }, 'http://host:6174'],
  [{ ca: 'ca.crt' }, {}, {}, 'https://127.0.0.1:6174'],
])('with %j, %j and %j the server is %s %s', (flags, env, remembered, server) => {
  expect(resolveSettings(flags, env, remembered).server).toBe(server);
});

test('who is trusted is given as a whole or remembered as a whole, and so is the own certificate', () => {
  const chosen = (flags: object, env = {}) => {
    const found = resolveSettings(flags, env, KNOWN).tls.chosenFor(URL);
    return [found?.ca?.text, found?.pins, found?.cert?.text, found?.isInsecure];
  };
  expect(chosen({})).toEqual(['/known/ca.crt', [PIN], undefined, false]);
  expect(chosen({ ca: 'new.crt' })).toEqual([resolve('new.crt'), [], undefined, false]);
  expect(chosen({ ca: '' })).toEqual([undefined, [], undefined, false]);
  expect(chosen({ cert: '/c', key: '/k' })).toEqual(['/known/ca.crt', [PIN], '/c', false]);
  expect(chosen({ insecure: true }, { GATHER_PIN: PIN })).toEqual([undefined, [], undefined, true]);
});

test('what --insecure sets aside is told by where it stands', () => {
  const aside = (env = {}, before = {}) =>
    resolveSettings({ insecure: true }, env, before).tls.chosenFor(URL)?.setAside;
  expect(aside()).toEqual([]);
  expect(aside({ GATHER_CA: 'ca.crt', GATHER_PIN: PIN })).toEqual(['GATHER_CA', 'GATHER_PIN']);
  expect(aside({}, KNOWN)).toEqual(['the remembered ca', 'the remembered pin']);
  expect(aside({ GATHER_CERT: 'c' }, { ...KNOWN, tls: { [URL]: { ca: '' } } })).toEqual([]);
});

test('what has worked is to be remembered, but never that any certificate will do', () => {
  const remembered = (flags: object, env = {}, before = {}) =>
    resolveSettings(flags, env, before).tls.rememberedFor(URL);
  expect(remembered({})).toBeUndefined();
  expect(remembered({ ca: 'ca.crt', cert: '/c', key: '/k' })).toEqual({
    ca: resolve('ca.crt'),
    cert: '/c',
    key: '/k',
  });
  expect(remembered({}, { GATHER_PIN: PIN.toUpperCase() })).toEqual({ pin: PIN });
  expect(remembered({}, {}, KNOWN)).toEqual(KNOWN.tls[URL]);
  expect(remembered({ ca: '' }, {}, KNOWN)).toEqual({});
  expect(remembered({ insecure: true }, {}, KNOWN)).toBeUndefined();
});

test('a fingerprint is read with colons and without, and shown with them', () => {
  const shown = shownFingerprint(PIN);
  expect(shown).toBe(Array.from({ length: 32 }, () => 'AB').join(':'));
  for (const text of [PIN, shown, `SHA256:${shown}`, ` ${PIN.toUpperCase()} `])
    expect(parsePins(text)).toEqual([PIN]);
  expect(parsePins(`${PIN},${shown}`)).toEqual([PIN, PIN]);
  for (const text of ['', 'x', PIN.slice(1), `${PIN},`, `${PIN} ${PIN}`])
    expect(parsePins(text)).toBeUndefined();
});
