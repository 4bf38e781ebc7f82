import { pino } from 'pino';
import { expect, test } from 'vitest';
import { AppError } from '../../errors/app-error.js';
import { createGatewayRefusals } from '../gateway-refusals.js';
import { createCredentialsAnswers } from './credentials-answers.js';
import type { Command } from './credentials-request.js';

const COMMANDS: readonly Command[] = ['LOGIN', 'ADD', 'UPDATE', 'DELETE'];

/** Answers where every service does the same. */
function answers(service: () => Promise<never>) {
  const services = {
    logins: { isRight: service },
    registrations: { registerCredential: service },
    userAdmin: { changeCredential: service, removeCredential: service },
  };
  const noteRefusal = createGatewayRefusals(pino({ level: 'silent' }));
  const answer = createCredentialsAnswers(services, () => undefined, noteRefusal, 20);
  return (command: Command) => answer({ command, user: 'dale', password: 'pie' }, '127.0.0.1');
}

test('where it is not known in time what came of a request, nothing is said', async () => {
  const ask = answers(() => new Promise(() => undefined));
  for (const command of COMMANDS) expect(await ask(command), command).toBeUndefined();
});

test.each([
  ['account.throttled', new AppError('account.throttled', { details: { retryAfter: 1 } })],
  ['account.hashing_busy', new AppError('account.hashing_busy')],
  ['database.unavailable', new AppError('database.unavailable')],
  ['something unforeseen', new Error('unforeseen')],
])('%s is never a success', async (_what, error) => {
  const ask = answers(() => Promise.reject(error));
  expect(await Promise.all(COMMANDS.map(ask))).toEqual([
    'Invalid login',
    'Error!  User not added.',
    'Userid not found',
    'Userid not found',
  ]);
});
