import { expect, test } from 'vitest';
import { BROWSER_SESSION, credentialHeaders } from '../../api/credential.js';
import { GatherError, type Problem } from '../../api/gather-error.js';
import type { PlainAnswer, PlainRequest, RequestPort } from '../../api/request-port.js';
import { watchPort } from './watched-port.js';

const REQUEST: PlainRequest = {
  method: 'get',
  path: '/v1/account',
  headers: credentialHeaders(BROWSER_SESSION),
  isRepeatable: true,
};

function refusal(status: number, code: string): GatherError {
  const problem: Problem = { status, code, detail: 'No' };
  return new GatherError('not_permitted', 'No', { status, problem });
}

/** What a watcher is told of one request. */
async function told(answer: () => Promise<PlainAnswer>, request = REQUEST) {
  const heard: string[] = [];
  const tell = (word: string) => () => {
    heard.push(word);
  };
  const port: RequestPort = { server: 'http://here', request: answer, [Symbol.dispose]: tell('closed') };
  const watched = watchPort(port, {
    onRequest: () => {
      heard.push('asked');
      return { onAnswer: tell('answer'), onSilence: tell('silence') };
    },
    onSessionEnded: tell('session ended'),
    onPasswordChangeNeeded: tell('password change needed'),
    onPermissionMissing: tell('permission missing'),
  });
  const outcome = await watched.request(request).catch((error: unknown) => error);
  return { heard, outcome, watched };
}

test('hands on an answer, and tells of it', async () => {
  const answer = { headers: {}, text: 'all is well' };
  const { heard, outcome, watched } = await told(() => Promise.resolve(answer));
  expect([outcome, heard, watched.server]).toEqual([answer, ['asked', 'answer'], 'http://here']);
  watched[Symbol.dispose]();
  expect(heard.at(-1)).toBe('closed');
});

test.each([
  ['none at all', new GatherError('unknown_outcome', 'No answer'), ['silence']],
  ['a refusal', refusal(404, 'account.unknown'), ['answer']],
  ['what a proxy says', new GatherError('unknown_outcome', 'Bad gateway', { status: 502 }), ['answer']],
  ['that the session is over', refusal(401, 'session.invalid'), ['answer', 'session ended']],
  ['that a permission is missing', refusal(403, 'permission.missing'), ['answer', 'permission missing']],
  ['that the password is wrong', refusal(401, 'account.wrong_credentials'), ['answer']],
  [
    'that it has to be changed',
    refusal(403, 'account.password_change_needed'),
    ['answer', 'password change needed'],
  ],
  ['what is no failure of the network', new TypeError('x'), []],
])('hands on a failure, and tells of it: %s', async (_what, error, expected) => {
  const { heard, outcome } = await told(() => Promise.reject(error));
  expect(outcome).toBe(error);
  expect(heard).toEqual(['asked', ...expected]);
});

test('does not take for the end of the session what was asked without it', async () => {
  const request = { ...REQUEST, headers: { Authorization: 'Bearer gds_x' } };
  const { heard } = await told(() => Promise.reject(refusal(401, 'session.invalid')), request);
  expect(heard).toEqual(['asked', 'answer']);
});
