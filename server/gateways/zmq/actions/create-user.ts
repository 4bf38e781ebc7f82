import { registration, userCreation, type AccountView } from '../../../../protocol/accounts.js';
import { UsersError } from '../users-error.js';
import {
  callerIfAny,
  fieldsOf,
  isEmpty,
  objectIn,
  parseFields,
  type ActionContext,
  type Fields,
} from './users-action.js';

const REGISTRATION_FIELDS = Object.keys(registration.shape);
const CREATION_FIELDS = Object.keys(userCreation.shape);

/** `create_user`: anybody makes an account; with an administrator's session it has the role that is asked for. */
export async function createUser(request: Fields, context: ActionContext): Promise<Fields> {
  const data = objectIn(request, 'user_data');
  const wanted = fieldsOf(data, ['username', 'email', 'password']);
  if (isEmpty(wanted['username']) || isEmpty(wanted['email']) || isEmpty(wanted['password']))
    throw new UsersError('Username, email, and password are required');
  context.countTry();
  const { username, email } = await create(data, request, context);
  return { message: 'User created successfully', username, email };
}

async function create(data: Fields, request: Fields, context: ActionContext): Promise<AccountView> {
  const { access, userAdmin, registrations } = context.services;
  const caller = callerIfAny(request, context);
  if (caller !== undefined && access.may(caller, 'users:manage')) {
    const wanted = parseFields(userCreation, fieldsOf(data, CREATION_FIELDS));
    return (await userAdmin.create(caller, wanted)).account;
  }
  const wanted = parseFields(registration, fieldsOf(data, REGISTRATION_FIELDS));
  return registrations.register({ endpoint: context.endpoint, door: 'zmq' }, wanted);
}
