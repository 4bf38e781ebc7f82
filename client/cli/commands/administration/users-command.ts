import type { Command } from 'commander';
import { usageError } from '../../cli-error.js';
import type { CommandContext } from '../../command-context.js';
import type { CommandResult } from '../../output/output.js';
import { addGroup, addPart, addYesOption, finish, type YesFlag } from '../accounts/command-group.js';
import { addSecretFileOption, type SecretFlag } from '../accounts/new-secret.js';
import { collect, permissionsOf, roleOf } from '../accounts/option-values.js';
import { addProfileOptions } from '../accounts/profile-options.js';
import type { RunCommand } from '../common-options.js';
import { createUser, type CreateUserFlags } from './create-user.js';
import { listUsers, showUser, type UsersFlags } from './list-users.js';
import { listUserTokens, revokeUserTokens } from './user-tokens.js';
import { changeUser, deleteUser, endSessions, resetPassword } from './user-changes.js';

/** Adds `gather users` with all that administrators do to accounts. */
export function addUsersCommand(program: Command, run: RunCommand): void {
  const group = addGroup(program, {
    usage: 'users',
    summary: 'show and administer accounts',
    description:
      'Works on the accounts of all users. All but the list of names needs the permission users:manage.',
  });
  addList(group, run);
  addCreate(group, run);
  addChanges(group, run);
  addPermissions(group, run);
  addReset(group, run);
  addTokens(group, run);
  addEnds(group, run);
}

function addList(group: Command, run: RunCommand): void {
  const list = addPart(
    group,
    {
      usage: 'list',
      summary: 'show users',
      description: 'Shows users by name. Without users:manage: the active ones with name and role only.',
    },
    { isDefault: true },
  )
    .option('--search <text>', 'a part of the user name, or a whole e-mail address')
    .option('--role <role>', 'only user, moderator or admin')
    .option('--status <status>', 'only active, inactive or suspended')
    .option('-n, --limit <count>', 'the most users to show', '100');
  finish(list, ['gather users', 'gather users list --role admin --json']);
  list.action((flags: UsersFlags) => run(list, (context) => listUsers(context, flags)));
  const show = addPart(group, {
    usage: 'show <name>',
    summary: 'show one with sessions',
    description: 'Shows an account, and its live sessions.',
  });
  finish(show, ['gather users show dale']);
  show.action((name: string) => run(show, (context) => showUser(context, name)));
}

function addCreate(group: Command, run: RunCommand): void {
  const create = addPart(group, {
    usage: 'create <name>',
    summary: 'make an account',
    description:
      'Makes an account. Its password is in --new-password-file; without that the server makes one for one login, which is ' +
      'shown this once and has to be changed then.',
  })
    .option('--role <role>', 'user, moderator or admin; user without it')
    .option(
      '-p, --permission <permission>',
      'what it may do instead of what its role may; several times',
      collect,
    )
    .option('--new-password-file <path>', 'a file that holds its password; - for standard input');
  finish(addSecretFileOption(addProfileOptions(create)), [
    'gather users create audrey --email audrey@example.org',
    'gather users create ci --permission messages:write --new-password-file secret',
  ]);
  create.action((name: string, flags: CreateUserFlags) =>
    run(create, (context) => createUser(context, name, flags)),
  );
}

function addChanges(group: Command, run: RunCommand): void {
  const role = addPart(group, {
    usage: 'set-role <name> <role>',
    summary: 'give another role',
    description: 'Makes the account one of user, moderator or admin.',
  });
  finish(role, ['gather users set-role audrey moderator']);
  role.action((name: string, text: string) =>
    run(role, (context) => changeUser(context, name, { role: roleOf(text) })),
  );
  const suspend = addPart(group, {
    usage: 'suspend <name>',
    summary: 'let nobody in by it',
    description: 'Suspends the account: its sessions and tokens end at once, until it is activated again.',
  });
  finish(suspend, ['gather users suspend leo']);
  suspend.action((name: string) =>
    run(suspend, (context) => changeUser(context, name, { status: 'suspended' })),
  );
  const activate = addPart(group, {
    usage: 'activate <name>',
    summary: 'let its user in again',
    description: 'Activates an account that is suspended or inactive.',
  });
  finish(activate, ['gather users activate leo']);
  activate.action((name: string) =>
    run(activate, (context) => changeUser(context, name, { status: 'active' })),
  );
}

interface PermissionFlags {
  readonly none?: boolean;
  readonly ofRole?: boolean;
}

function addPermissions(group: Command, run: RunCommand): void {
  const command = addPart(group, {
    usage: 'set-permissions <name> [permission...]',
    summary: 'say what it may do',
    description: 'Gives the account exactly these permissions, instead of those of its role or of its own.',
  })
    .option('--of-role', 'those of its role again')
    .option('--none', 'none at all');
  finish(command, [
    'gather users set-permissions audrey messages:write messages:read',
    'gather users set-permissions audrey --of-role',
  ]);
  command.action((name: string, names: readonly string[], flags: PermissionFlags) =>
    run(command, (context) => setPermissions(context, name, names, flags)),
  );
}

function setPermissions(
  context: CommandContext,
  name: string,
  names: readonly string[],
  { none, ofRole }: PermissionFlags,
): Promise<CommandResult> {
  const given = [names.length > 0, none === true, ofRole === true].filter(Boolean);
  if (given.length !== 1) throw usageError('Give permissions, or --of-role, or --none');
  const permissions = ofRole === true ? null : [...permissionsOf(names)];
  return changeUser(context, name, { permissions });
}

function addReset(group: Command, run: RunCommand): void {
  const reset = addPart(group, {
    usage: 'reset-password <name>',
    summary: 'make a password for one login',
    description:
      'Makes a password for one login, shown this once, and ends all sessions and API tokens of the user, who has to change it then.',
  });
  finish(addSecretFileOption(addYesOption(reset)), ['gather users reset-password audrey']);
  reset.action((name: string, flags: YesFlag & SecretFlag) =>
    run(reset, (context) => resetPassword(context, name, flags)),
  );
}

function addTokens(group: Command, run: RunCommand): void {
  const list = addPart(group, {
    usage: 'tokens <name>',
    summary: 'show its API tokens',
    description: 'Shows the API tokens of the user, without the tokens themselves.',
  });
  finish(list, ['gather users tokens leo']);
  list.action((name: string) => run(list, (context) => listUserTokens(context, name)));
  const revoke = addPart(group, {
    usage: 'revoke-tokens <name> [id]',
    summary: 'revoke its API tokens, or one',
    description: 'Revokes all API tokens of the user at once, or the one with an id.',
  });
  finish(addYesOption(revoke), ['gather users revoke-tokens leo', 'gather users revoke-tokens leo ID']);
  revoke.action((name: string, id: string | undefined, flags: YesFlag) =>
    run(revoke, (context) => revokeUserTokens(context, name, id, flags)),
  );
}

function addEnds(group: Command, run: RunCommand): void {
  const end = addPart(group, {
    usage: 'end-sessions <name>',
    summary: 'end all its sessions',
    description:
      'Ends all sessions of the user. API tokens stay good: "gather users revoke-tokens" revokes them.',
  });
  finish(addYesOption(end), ['gather users end-sessions leo']);
  end.action((name: string, flags: YesFlag) => run(end, (context) => endSessions(context, name, flags)));
  const remove = addPart(group, {
    usage: 'delete <name>',
    summary: 'delete it for ever',
    description: 'Deletes the account, with its sessions and tokens. The messages that it sent stay.',
  });
  finish(addYesOption(remove), ['gather users delete leo']);
  remove.action((name: string, flags: YesFlag) => run(remove, (context) => deleteUser(context, name, flags)));
}
