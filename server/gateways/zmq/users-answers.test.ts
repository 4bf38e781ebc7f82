import { pino } from 'pino';
import { beforeEach, expect, test } from 'vitest';
import { AppError } from '../../errors/app-error.js';
import { createGatewayRefusals } from '../gateway-refusals.js';
import { createUsersAnswers } from './users-answers.js';

let log: string[];
/** What a login does. */
let login: () => Promise<unknown>;
let begun: number;

beforeEach(() => {
  log = [];
  begun = 0;
  login = () => Promise.reject(new Error('not set'));
});

function answers(answerWithinMs: number) {
  const logins = {
    login: () => {
      begun += 1;
      return login();
    },
  };
  const context = {
    // Nothing else is asked here.
    services: { logins, sessions: { count: 3 } } as never,
    endpoint: '127.0.0.1',
    countTry: () => undefined,
    clock: () => new Date(0),
  };
  const logger = pino({}, { write: (line: string) => log.push(line) });
  const answer = createUsersAnswers(context, createGatewayRefusals(logger), answerWithinMs);
  return (request: unknown) => answer(Buffer.from(JSON.stringify(request)));
}

const LOGIN = { action: 'login', credentials: { username: 'dale', password: 'pie' } };
const never = () => new Promise<never>(() => undefined);

test('a request that takes too long is answered, and its late failure is nobody’s', async () => {
  let fail = (_error: Error): void => undefined;
  login = () => new Promise((_resolve, reject) => (fail = reject));
  expect(await answers(20)(LOGIN)).toEqual({
    status: 'error',
    message: 'The request took too long: it may or may not have been carried out',
  });
  fail(new Error('too late'));
  await new Promise(setImmediate);
});

test('while all logins hang, everything else is answered, and logins beyond what may wait are refused', async () => {
  login = never;
  const ask = answers(300);
  const waiting = Array.from({ length: 516 }, () => ask(LOGIN));
  await new Promise(setImmediate);
  expect(await ask({ action: 'health_check' })).toMatchObject({ status: 'healthy', active_sessions: 3 });
  expect((await ask(LOGIN))['message']).toBe('Too many requests are waiting: try again later');
  for (const reply of await Promise.all(waiting)) expect(reply['message']).toContain('took too long');
  expect(begun).toBe(16);
});

test('what was answered before it could begin is not begun any more', async () => {
  let finish = (): void => undefined;
  const hanging = new Promise<never>((_resolve, reject) => {
    finish = () => {
      reject(new AppError('account.wrong_credentials'));
    };
  });
  login = () => hanging;
  const ask = answers(20);
  await Promise.all(Array.from({ length: 40 }, () => ask(LOGIN)));
  finish();
  await new Promise(setImmediate);
  expect((await ask(LOGIN))['message']).toBe('Invalid username/email or password');
  expect(begun).toBe(17);
});

test('what nobody foresaw is answered with an id, under which the log has it', async () => {
  login = () => Promise.reject(new Error('a secret detail'));
  const { message } = await answers(1000)(LOGIN);
  const id = /log has it under ([\w-]+)$/.exec(String(message))?.[1];
  expect(id).toBeDefined();
  expect(log.join('')).toContain(id);
  expect(log.join('')).toContain('a secret detail');
  expect(String(message)).not.toContain('secret');
});

test.each([
  ['account.throttled', { retryAfter: 5 }, 'Too many wrong passwords. Please wait 5 s'],
  ['account.hashing_busy', {}, 'Too many logins are waiting to be checked'],
  ['database.unavailable', {}, 'The database does not answer: nothing was changed'],
  ['session.too_many', { limit: 7 }, 'The limit of 7 live sessions for this user is reached'],
] as const)('%s is answered in its own text', async (code, details, message) => {
  login = () => Promise.reject(new AppError(code, { details }));
  expect(await answers(1000)(LOGIN)).toEqual({ status: 'error', message });
});
