import { randomUUID } from 'node:crypto';
import type { Permission, Role } from '../../../protocol/permissions.js';
import type { Caller } from '../../features/sessions/session-service.js';
import type { InProcessGatherd } from './in-process-gatherd.js';

const PASSWORD = 'Tannenzapfen im Oktober';
const HERE = '127.0.0.1';

/** Somebody with a login. */
export interface Bearer {
  readonly name: string;
  readonly token: string;
  readonly caller: Caller;
}

/** Makes an account with a new name, and logs it in. */
export async function newBearer(
  { services }: Pick<InProcessGatherd, 'services'>,
  more: { role?: Role; permissions?: readonly Permission[] } = {},
): Promise<Bearer> {
  const { registrations, logins, sessions } = services;
  const name = `u${randomUUID().slice(0, 12)}`;
  const wanted = { username: name, password: PASSWORD, ...more };
  await registrations.create({ endpoint: 'local', door: 'operator' }, wanted);
  const { token } = await logins.login(name, PASSWORD, { endpoint: HERE, door: 'http', client: 'a test' });
  return { name, token, caller: { session: sessions.authorize(token, HERE), endpoint: HERE, door: 'http' } };
}
