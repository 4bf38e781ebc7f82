import type { Command } from 'commander';
import type { PermissionOverview } from '../../../../protocol/permissions.js';
import { type CommandContext, ownerOf } from '../../command-context.js';
import type { CommandResult } from '../../output/output.js';
import { type Column, table } from '../../output/table.js';
import type { RunCommand } from '../common-options.js';
import { jsonOf, withAccounts } from './account-command.js';
import { addPart, finish } from './command-group.js';

/** Adds `gather permissions`. */
export function addPermissionsCommand(program: Command, run: RunCommand): void {
  const command = addPart(program, {
    usage: 'permissions',
    summary: 'show who may do what',
    description: 'Shows every permission, which roles have it, and whether you do.',
  });
  finish(command, ['gather permissions', 'gather permissions --json | jq .mine']);
  command.action(() => run(command, permissions));
}

async function permissions(context: CommandContext): Promise<CommandResult> {
  const overview = await withAccounts(context, (ask) => ask((api, token) => api.permissions(token)));
  const { permissions: all, roles, mine } = overview;
  return {
    text: await table(context.io, columnsOf(overview), all),
    fields: {
      ...ownerOf(context),
      permissions: jsonOf(all),
      roles: jsonOf(roles),
      mine: jsonOf(mine),
    },
  };
}

function columnsOf({
  roles,
  mine,
}: PermissionOverview): readonly Column<PermissionOverview['permissions'][number]>[] {
  return [
    { title: 'PERMISSION', of: ({ name }) => name },
    { title: 'TO', of: ({ description }) => description },
    ...Object.entries(roles).map(([role, names]) => ({
      title: role.toUpperCase(),
      of: ({ name }: { readonly name: (typeof names)[number] }) => (names.includes(name) ? 'yes' : ''),
    })),
    { title: 'YOU', of: ({ name }) => (mine.includes(name) ? 'yes' : '') },
  ];
}
