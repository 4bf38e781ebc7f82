import { UsersError } from '../users-error.js';
import { AppError } from '../../../errors/app-error.js';
import { folded, isEmpty, objectIn, userIn, type ActionContext, type Fields } from './users-action.js';

/** The longest that names somebody, an e-mail address, and the longest password: what is longer is nobody's. */
const MAX_CHARACTERS = 256;

/** `login`: by user name or e-mail address. */
export async function logIn(
  request: Fields,
  { services, endpoint, countedAt, countTry }: ActionContext,
): Promise<Fields> {
  const credentials = objectIn(request, 'credentials');
  const name = folded(credentials['username'] ?? credentials['email']);
  const password = credentials['password'];
  if (isEmpty(name) || isEmpty(password)) throw new UsersError('Username/email and password are required');
  countTry();
  if (!canBeText(name) || !canBeText(password)) throw new AppError('account.wrong_credentials');
  const origin = { endpoint, countedAt, door: 'zmq', client: '' } as const;
  const { token, user } = await services.logins.login(name, password, origin);
  return { message: 'Login successful', session_token: token, user: userIn(user) };
}

function canBeText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_CHARACTERS;
}
