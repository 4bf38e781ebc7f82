import { callerIfAny, callerOf, userIn, type ActionContext, type Fields } from './users-action.js';

/** `logout`: ends the session that asks. */
export async function logOut(request: Fields, context: ActionContext): Promise<Fields> {
  await context.services.logins.logout(callerOf(request, context));
  return { message: 'Logged out successfully' };
}

/** `get_user`: the account of the session. */
export async function getUser(request: Fields, context: ActionContext): Promise<Fields> {
  return { user: userIn(await context.services.ownAccounts.get(callerOf(request, context))) };
}

/** `list_users`: all active ones; whole for an administrator, else name, full name and role. */
export async function listUsers(request: Fields, context: ActionContext): Promise<Fields> {
  const caller = callerIfAny(request, context);
  const found = await context.services.userAdmin.listActive(caller);
  const users = found.map((user) => ('created_at' in user ? userIn(user) : user));
  return { users, count: users.length };
}

/** `health_check`: that requests are answered. */
export function healthCheck(_request: Fields, { services, clock }: ActionContext): Promise<Fields> {
  return Promise.resolve({
    status: 'healthy',
    service: 'Secure Universal Users Service',
    timestamp: clock().toISOString(),
    storage: 'encrypted database',
    active_sessions: services.sessions.count,
  });
}
