import { expect, test } from 'vitest';
import { AppError } from '../errors/app-error.js';
import { createPasswordPolicy, type PasswordContext } from './password-policy.js';

const DALE = { userName: 'Dale.Cooper', email: 'special-agent@fbi.example' };

async function refusalOf(password: string, context: PasswordContext = DALE, minLength = 6): Promise<string> {
  try {
    await createPasswordPolicy({ minLength }).assertAcceptable(password, context);
    return 'none';
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return error.code;
  }
}

test.each([
  'damn fine coffee',
  'ppppppppp7',
  ' leading and trailing ',
  '🦉🌲🦉🌲🦉🌲',
  'ünïcödé',
  '~'.repeat(128),
])('takes %j, whatever it is made of', async (password) => {
  expect(await refusalOf(password)).toBe('none');
});

test('counts characters, not bytes or halves of them', async () => {
  expect(await refusalOf('🦉🌲🦉🌲🦉')).toBe('password.too_short');
  expect(await refusalOf('éé', DALE, 3)).toBe('password.too_short');
  expect(await refusalOf('')).toBe('password.too_short');
});

test('says how long it has to be', async () => {
  const refused = createPasswordPolicy({ minLength: 12 }).assertAcceptable('elevenchars', DALE);
  await expect(refused).rejects.toMatchObject({ code: 'password.too_short', details: { limit: 12 } });
});

test.each(['123456', 'password', 'Password', 'QWERTY', 'ｐａｓｓｗｏｒｄ', 'iloveyou', 'xpcrew', 'Gatherd'])(
  'refuses %j as a common one, in any spelling',
  async (password) => {
    expect(await refusalOf(password)).toBe('password.too_common');
  },
);

test.each(['dale.cooper', 'DALE.COOPER', 'special-agent', 'Special-Agent@FBI.example'])(
  'refuses %j of whoever is called so, and of nobody else',
  async (password) => {
    expect(await refusalOf(password)).toBe('password.too_common');
    expect(await refusalOf(password, { userName: 'annie' })).toBe('none');
  },
);
