import { expect, test } from 'vitest';
import type { SeenRecord } from './support/dump-records.js';
import { Ledger, type LedgerSender, type Outcome } from './support/ledger.js';
import { compare, problemsOfProducers } from './support/oracle.js';

const ledger = new Ledger();
const dale = ledger.newSender('dale');
const first = stored(dale, ['one'], 1, 'acknowledged');
const second = stored(dale, ['two', '', 'logout'], 2, 'acknowledged');
const refused = stored(dale, ['three'], 5, 'rejected');
const unanswered = stored(dale, ['four'], 5, 'unknown');

function stored(sender: LedgerSender, texts: readonly string[], seq: number, outcome: Outcome): SeenRecord[] {
  const { entry, messages } = sender.begin(texts);
  entry.outcome = outcome;
  return messages.map((message, index) => ({
    seq: seq + index,
    at: '2026-11-21T02:44:57.123Z',
    user: sender.user,
    endpoint: '127.0.0.1',
    message,
  }));
}

test('the oracle is content with a dump that holds what was acknowledged, with or without the unanswered', () => {
  expect(compare(ledger, [...first, ...second])).toEqual([]);
  expect(compare(ledger, [...first, ...second, ...unanswered])).toEqual([]);
});

test.each([
  ['a lost message', first, /is lost/],
  ['a message that is there twice', [...first, ...second, ...second], /2 times/],
  [
    'an unanswered message that is there twice',
    [...first, ...second, ...unanswered, ...unanswered],
    /2 times/,
  ],
  ['a rejected message', [...first, ...second, ...refused], /rejected and is there/],
  ['a part of a request', [...first, ...second.slice(0, -1)], /not in the dump as it was sent/],
  ['an altered message', [...altered(first, { message: '<1-1>One' }), ...second], /as it was sent/],
  ["another user's name", [...altered(first, { user: 'mallory' }), ...second], /as it was sent/],
  ['messages out of order', [...second, ...first], /out of order/],
  ['a message that nobody sent', [...first, ...second, ...altered(first, { message: 'x' })], /by nobody/],
])('the oracle sees %s', (_what, records, problem) => {
  expect(compare(ledger, records).join('\n')).toMatch(problem);
});

test('the oracle sees that a message sent without a ledger is missing', () => {
  expect(compare(ledger, [...first, ...second], ['logout'])).toEqual(["'logout' is missing"]);
});

test('the oracle sees that a number is missing, there twice, or out of order', () => {
  const numbered = (...numbers: number[]) =>
    numbers.flatMap((number) => altered(first, { producer: 'one', number }));
  expect(problemsOfProducers(numbered(1, 2, 3))).toEqual([]);
  expect(problemsOfProducers([...numbered(1), ...altered(numbered(1), { user: 'audrey' })])).toEqual([]);
  for (const wrong of [numbered(2), numbered(1, 3), numbered(1, 1), numbered(1, 3, 2)])
    expect(problemsOfProducers(wrong)).not.toEqual([]);
});

function altered(records: readonly SeenRecord[], change: Partial<SeenRecord>): SeenRecord[] {
  return records.map((record) => ({ ...record, ...change }));
}
