import { pino } from 'pino';
import { expect, test } from 'vitest';
import { AppError } from '../../errors/app-error.js';
import type { ErrorCode } from '../../errors/error-table.js';
import { createGatewayRefusals } from '../gateway-refusals.js';
import { createRecordsAnswers } from './records-answers.js';
import { RecordsVisit } from './records-visit.js';

const REQUESTS = [
  '-//logon: dale,pie',
  's//get: 1',
  's//add: 1,a,b,1,01-01-2000,1',
  's//update: 1,,,,,',
  's//delete: 1',
];

/** The answers to every kind of request, where every service does the same. */
async function answers(service: () => Promise<never>): Promise<(string | undefined)[]> {
  const services = {
    logins: { login: service, logout: () => Promise.resolve() },
    sessions: { authorize: () => ({}) as never },
    certificates: { assertNames: service, login: service },
    employees: { assertMay: () => undefined, get: service, add: service, change: service, remove: service },
  };
  const noteRefusal = createGatewayRefusals(pino({ level: 'silent' }));
  const answer = createRecordsAnswers(services, () => undefined, noteRefusal, 20);
  const visit = new RecordsVisit('127.0.0.1', undefined, () => Promise.resolve());
  return Promise.all(REQUESTS.map((request) => answer(request, visit)));
}

test('where it is not known in time what came of a request, nothing is said', async () => {
  expect(await answers(() => new Promise(() => undefined))).toEqual(REQUESTS.map(() => undefined));
});

test.each<[ErrorCode, string, string]>([
  ['account.throttled', 'Invalid credentials', 'Invalid permissions'],
  ['account.not_active', 'Invalid credentials', 'Invalid permissions'],
  ['request.rate_limited', 'Invalid credentials', 'Invalid Request'],
  ['session.too_many', 'Invalid credentials', 'Invalid permissions'],
  ['session.invalid', 'Invalid credentials', 'Invalid permissions'],
  ['certificate.of_another', 'Invalid credentials', 'Invalid permissions'],
  ['permission.missing', 'Invalid credentials', 'Invalid permissions'],
  ['employee.unknown', 'Invalid credentials', 'Employee does not exist'],
  ['employee.exists', 'Invalid credentials', 'Employee already exists'],
  ['account.hashing_busy', 'Invalid Request', 'Invalid Request'],
  ['database.unavailable', 'Invalid Request', 'Invalid Request'],
  ['key.unusable', 'Invalid Request', 'Invalid Request'],
])('%s is answered as %s, and %s', async (code, logon, other) => {
  const replies = await answers(() => Promise.reject(new AppError(code, { details: { retryAfter: 1 } })));
  expect(replies).toEqual([logon, other, other, other, other]);
});

test('nor is what nobody has foreseen a success', async () => {
  const replies = await answers(() => Promise.reject(new Error('unforeseen')));
  expect(replies).toEqual(REQUESTS.map(() => 'Invalid Request'));
});
