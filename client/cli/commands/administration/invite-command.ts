import type { Command } from 'commander';
import type { InviteView } from '../../../../protocol/sessions.js';
import { type CommandContext, ownerOf } from '../../command-context.js';
import type { CommandResult } from '../../output/output.js';
import { type Column, table } from '../../output/table.js';
import { confirm } from '../../terminal/confirm.js';
import { jsonOf, withAdministration } from '../accounts/account-command.js';
import { addGroup, addPart, addYesOption, finish, type YesFlag } from '../accounts/command-group.js';
import {
  addSecretFileOption,
  refuseUnseenSecret,
  type SecretFlag,
  secretResult,
} from '../accounts/new-secret.js';
import { secondsIn } from '../accounts/option-values.js';
import type { RunCommand } from '../common-options.js';

interface InviteFlags extends SecretFlag {
  readonly note?: string;
  readonly expiresIn?: string;
}

const COLUMNS: readonly Column<InviteView>[] = [
  { title: 'ID', of: ({ id }) => id, isWhole: true },
  { title: 'NOTE', of: ({ note }) => note },
  { title: 'BY', of: ({ created_by: name }) => name },
  { title: 'CREATED', of: ({ created_at: time }) => time },
  { title: 'EXPIRES', of: ({ expires_at: time }) => time },
  { title: 'USED', of: ({ used_at: time }) => time },
  { title: 'USED BY', of: ({ used_by: name }) => name },
];

/** Adds `gather invite create`, `list` and `revoke`. */
export function addInviteCommand(program: Command, run: RunCommand): void {
  const group = addGroup(program, {
    usage: 'invite',
    summary: 'make, show and revoke invites',
    description:
      'Works on invites: codes with which one account each can be made. Needs the permission users:manage.',
  });
  const create = addPart(
    group,
    {
      usage: 'create',
      summary: 'make one',
      description:
        'Makes an invite and shows its code, this once. It is good for one account: "gather register --invite".',
    },
    { isDefault: true },
  )
    .option('--note <text>', 'whom it is for')
    .option('--expires-in <time>', 'how long it is good: 7d, 12h, 30m or seconds; 7d without it');
  finish(addSecretFileOption(create), [
    "gather invite --note 'for Audrey'",
    'gather invite create --expires-in 1d',
  ]);
  create.action((flags: InviteFlags) => run(create, (context) => createInvite(context, flags)));
  const list = addPart(group, {
    usage: 'list',
    summary: 'show them',
    description: 'Shows invites, without codes.',
  });
  finish(list, ['gather invite list']);
  list.action(() => run(list, listInvites));
  const revoke = addPart(group, {
    usage: 'revoke <id>',
    summary: 'revoke one',
    description: 'Revokes an invite, known by its id.',
  });
  finish(addYesOption(revoke), ['gather invite revoke ID']);
  revoke.action((id: string, flags: YesFlag) => run(revoke, (context) => revokeInvite(context, id, flags)));
}

async function createInvite(context: CommandContext, flags: InviteFlags): Promise<CommandResult> {
  const { note, expiresIn } = flags;
  const wanted = {
    ...(note === undefined ? {} : { note }),
    ...(expiresIn === undefined ? {} : { expires_in: secondsIn('--expires-in', expiresIn) }),
  };
  refuseUnseenSecret(context, flags);
  const made = await withAdministration(context, (ask) =>
    ask((api, token) => api.createInvite(token, wanted)),
  );
  const { code, ...view } = made;
  return secretResult(context, flags, {
    secret: code,
    text: `The invite is good for one account until ${view.expires_at}, and shown this once.`,
    fields: { ...ownerOf(context), invite: jsonOf(view) },
  });
}

async function listInvites(context: CommandContext): Promise<CommandResult> {
  const invites = await withAdministration(context, (ask) => ask((api, token) => api.invites(token)));
  return {
    text: invites.length === 0 ? 'There are no invites' : await table(context.io, COLUMNS, invites),
    fields: { ...ownerOf(context), invites: jsonOf(invites) },
  };
}

async function revokeInvite(context: CommandContext, id: string, { yes }: YesFlag): Promise<CommandResult> {
  await confirm(context.io, { what: `This revokes the invite ${id}`, isAgreed: yes === true });
  await withAdministration(context, (ask) => ask((api, token) => api.revokeInvite(token, id)));
  return { text: 'The invite is revoked', fields: { ...ownerOf(context), revoked: id } };
}
