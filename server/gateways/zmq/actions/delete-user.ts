import { AppError } from '../../../errors/app-error.js';
import { callerOf, type ActionContext, type Fields } from './users-action.js';

/** `delete_user`: the account of the session, with its password. */
export async function deleteUser(request: Fields, context: ActionContext): Promise<Fields> {
  const caller = callerOf(request, context);
  context.services.access.assertPasswordChanged(caller);
  const password = request['password'];
  if (typeof password !== 'string' || password === '') throw new AppError('account.current_password_wrong');
  context.countTry();
  await context.services.ownAccounts.remove(caller, password);
  return { message: 'Account deleted successfully' };
}
