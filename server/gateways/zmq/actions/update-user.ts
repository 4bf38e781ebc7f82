import * as z from 'zod';
import { accountChanges, type AccountChanges, type AccountView } from '../../../../protocol/accounts.js';
import { password } from '../../../../protocol/credentials.js';
import { AppError } from '../../../errors/app-error.js';
import type { Caller } from '../../../features/sessions/session-service.js';
import type { UsersServices } from '../users-services.js';
import {
  callerOf,
  fieldsOf,
  isObject,
  parseFields,
  userIn,
  type ActionContext,
  type Fields,
} from './users-action.js';

const CHANGE_FIELDS = Object.keys(accountChanges.shape);
const newPassword = z.object({ password });

interface PasswordChange {
  readonly current: string;
  readonly next: string;
}

/** `update_user`: the account of the session; a new password needs the current one. All of it is done, or nothing. */
export async function updateUser(request: Fields, context: ActionContext): Promise<Fields> {
  const caller = callerOf(request, context);
  const data = request['update_data'];
  if (!isObject(data)) throw new AppError('request.missing_field', { details: { field: 'update_data' } });
  const changes = parseFields(accountChanges, fieldsOf(data, CHANGE_FIELDS));
  const passwords = passwordsIn(data);
  if (passwords !== undefined) context.countTry();
  const account = await update(caller, changes, passwords, context.services);
  return { message: 'User updated successfully', user: userIn(account) };
}

// A password that is no text is refused before anything is changed.
function passwordsIn(data: Fields): PasswordChange | undefined {
  const wanted = fieldsOf(data, ['password']);
  if (wanted['password'] === undefined) return undefined;
  const { password: next } = parseFields(newPassword, wanted);
  const current = data['current_password'];
  if (typeof current !== 'string' || current === '') throw new AppError('account.current_password_wrong');
  return { current, next };
}

async function update(
  caller: Caller,
  changes: AccountChanges,
  passwords: PasswordChange | undefined,
  { ownAccounts, policy }: UsersServices,
): Promise<AccountView> {
  if (passwords === undefined) return ownAccounts.change(caller, changes);
  if (Object.keys(changes).length > 0) {
    const before = await ownAccounts.get(caller);
    // Looked at first: what is refused changes nothing.
    await ownAccounts.confirmPassword(caller, passwords.current);
    await policy.assertAcceptable(passwords.next, {
      userName: changes.username ?? before.username,
      email: changes.email ?? before.email,
    });
    await ownAccounts.change(caller, changes);
  }
  await ownAccounts.changePassword(caller, passwords.current, passwords.next);
  return ownAccounts.get(caller);
}
