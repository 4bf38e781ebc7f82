import { AUDIT_ACTIONS, AUDIT_DOORS, type AuditAction, type AuditDoor } from '../../../../protocol/audit.js';

type ActionGroup =
  'Coming and going' | 'Accounts' | 'Tokens and invites' | 'Messages' | 'Employees' | 'Server';

interface ActionWords {
  readonly group: ActionGroup;
  readonly text: string;
}

/** What each action is to people: what somebody set out to do, since it may have been refused. */
const ACTIONS: Readonly<Record<AuditAction, ActionWords>> = {
  login: { group: 'Coming and going', text: 'Log in' },
  logout: { group: 'Coming and going', text: 'Log out' },
  'session.ended': { group: 'Coming and going', text: 'End sessions' },
  'permission.refused': { group: 'Coming and going', text: 'Do what is not permitted' },
  'account.created': { group: 'Accounts', text: 'Create an account' },
  'account.read': { group: 'Accounts', text: 'Look at an account' },
  'account.changed': { group: 'Accounts', text: 'Change an account' },
  'account.removed': { group: 'Accounts', text: 'Delete an account' },
  'account.imported': { group: 'Accounts', text: 'Import accounts' },
  'password.changed': { group: 'Accounts', text: 'Change a password' },
  'password.reset': { group: 'Accounts', text: 'Reset a password' },
  'token.created': { group: 'Tokens and invites', text: 'Create an API token' },
  'token.revoked': { group: 'Tokens and invites', text: 'Revoke API tokens' },
  'invite.created': { group: 'Tokens and invites', text: 'Create an invite' },
  'invite.revoked': { group: 'Tokens and invites', text: 'Revoke an invite' },
  'messages.read': { group: 'Messages', text: 'Read others’ messages' },
  'feed.followed': { group: 'Messages', text: 'Follow others’ messages live' },
  'employees.listed': { group: 'Employees', text: 'List employees' },
  'employee.read': { group: 'Employees', text: 'Look at an employee' },
  'employee.added': { group: 'Employees', text: 'Add an employee' },
  'employee.changed': { group: 'Employees', text: 'Change an employee' },
  'employee.removed': { group: 'Employees', text: 'Delete an employee' },
  'employee.import_planned': { group: 'Employees', text: 'Preview an import of employees' },
  'employee.imported': { group: 'Employees', text: 'Import employees' },
  'key.rotated': { group: 'Server', text: 'Rotate keys' },
  'backup.made': { group: 'Server', text: 'Make a backup' },
};

const DOORS: Readonly<Record<AuditDoor, string>> = {
  gather: 'handshake',
  http: 'HTTP',
  zmq: 'ZeroMQ gateway',
  credentials: 'credentials gateway',
  chat: 'chat gateway',
  records: 'records gateway',
  operator: 'command on the server',
};

/** All actions, by group, for a choice among them. */
export const GROUPED_ACTIONS = [...new Set(Object.values(ACTIONS).map(({ group }) => group))].map(
  (group) => ({
    group,
    items: AUDIT_ACTIONS.filter((action) => ACTIONS[action].group === group).map((action) => ({
      value: action,
      label: ACTIONS[action].text,
    })),
  }),
);

/** All doors, for a choice among them. */
export const DOOR_CHOICES = AUDIT_DOORS.map((door) => ({
  value: door,
  label: `${DOORS[door].slice(0, 1).toUpperCase()}${DOORS[door].slice(1)}`,
}));

/** An action in words; one of a later version as it is. */
export function actionText(action: string): string {
  return isOne(action, ACTIONS) ? ACTIONS[action].text : action;
}

/** A door in words; one of a later version as it is. */
export function doorText(door: string): string {
  return isOne(door, DOORS) ? DOORS[door] : door;
}

function isOne<Name extends string>(text: string, table: Readonly<Record<Name, unknown>>): text is Name {
  return Object.hasOwn(table, text);
}
