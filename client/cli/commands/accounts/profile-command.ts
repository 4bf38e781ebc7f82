import type { Command } from 'commander';
import { userNameKey } from '../../../../protocol/user-name.js';
import type { AccountView } from '../../../../protocol/accounts.js';
import { usageError } from '../../cli-error.js';
import { type CommandContext, ownerOf, passwordAtHand, rememberDefaults } from '../../command-context.js';
import type { CommandResult } from '../../output/output.js';
import { askPassword } from '../../terminal/ask-password.js';
import { confirm } from '../../terminal/confirm.js';
import type { RunCommand } from '../common-options.js';
import { jsonOf, withAccounts } from './account-command.js';
import { accountText } from './account-facts.js';
import { addGroup, addPart, addYesOption, finish, type YesFlag } from './command-group.js';
import { changesOf } from './profile-options.js';
import { showAccount } from './whoami-command.js';

/** Adds `gather profile show`, `set` and `delete-account`. */
export function addProfileCommand(program: Command, run: RunCommand): void {
  const group = addGroup(program, {
    usage: 'profile',
    summary: 'show and change your account, or delete it',
    description: 'Works on your own account.',
  });
  const show = addPart(
    group,
    { usage: 'show', summary: 'show it', description: 'Shows your account.' },
    { isDefault: true },
  );
  finish(show, ['gather profile', 'gather profile show --json']);
  show.action(() => run(show, showAccount));
  const set = addPart(group, {
    usage: 'set <key=value...>',
    summary: 'change what is named',
    description:
      'Changes what is named, and leaves the rest. KEY is username, email, full_name, phone, address, city, country, ' +
      'postal_code, date_of_birth, notes, or metadata, whose value is a JSON object. An empty value clears a text.',
  });
  finish(set, ["gather profile set full_name='Dale Cooper' city=Philadelphia"]);
  set.action((pairs: readonly string[]) => run(set, (context) => change(context, pairs)));
  const remove = addPart(group, {
    usage: 'delete-account',
    summary: 'delete your account for ever',
    description:
      'Deletes your account, with its sessions and tokens. The messages that it sent stay. Needs the password.',
  });
  finish(addYesOption(remove), ['gather profile delete-account']);
  remove.action((flags: YesFlag) => run(remove, (context) => deleteAccount(context, flags)));
}

async function change(context: CommandContext, pairs: readonly string[]): Promise<CommandResult> {
  const changes = changesOf(pairs);
  const account = await withAccounts(context, (ask) =>
    ask((api, token) => api.changeAccount(token, changes)),
  );
  const owner = await followName(context, account);
  return { text: accountText(account), fields: { ...owner, account: jsonOf(account) } };
}

// The token is remembered by the name, which may be another one now.
async function followName(
  context: CommandContext,
  { username }: AccountView,
): Promise<{ server: string; user: string }> {
  const { store } = context;
  const before = ownerOf(context);
  const owner = { ...before, user: username };
  if (userNameKey(before.user) === userNameKey(username)) return owner;
  const token = await store.loadToken(before);
  if (token !== undefined) {
    await store.saveToken(owner, token);
    await store.forgetToken(before);
  }
  await rememberDefaults(context, owner);
  return owner;
}

async function deleteAccount(context: CommandContext, { yes }: YesFlag): Promise<CommandResult> {
  const { io, store } = context;
  const owner = ownerOf(context);
  await confirm(io, {
    what: `This deletes the account ${owner.user} for ever`,
    word: owner.user,
    isAgreed: yes === true,
  });
  const password = (await passwordAtHand(context)) ?? (await askForDeletion(context, owner.user));
  await withAccounts(context, (ask) => ask((api, token) => api.deleteAccount(token, password)));
  await store.forgetToken(owner);
  return { text: 'The account is deleted', fields: { ...owner, deleted: true } };
}

async function askForDeletion({ io }: CommandContext, user: string): Promise<string> {
  if (io.stdin.isTTY === true) return askPassword(io, `Password of ${user}: `);
  throw usageError('No password: give --password-file, GATHER_PASSWORD or GATHER_PASSWORD_FILE');
}
