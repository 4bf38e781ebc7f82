import type { Command } from 'commander';
import type { ApiTokenView } from '../../../../protocol/sessions.js';
import { usageError } from '../../cli-error.js';
import { type CommandContext, ownerOf } from '../../command-context.js';
import type { CommandResult } from '../../output/output.js';
import { type Column, table } from '../../output/table.js';
import { confirm } from '../../terminal/confirm.js';
import type { RunCommand } from '../common-options.js';
import { jsonOf, withAccounts } from './account-command.js';
import { addGroup, addPart, addYesOption, finish, type YesFlag } from './command-group.js';
import { addSecretFileOption, refuseUnseenSecret, type SecretFlag, secretResult } from './new-secret.js';
import { collect, permissionsOf, secondsIn } from './option-values.js';

interface CreateFlags extends SecretFlag {
  readonly permission?: readonly string[];
  readonly expiresIn?: string;
}

/** Of a table of API tokens. */
export const TOKEN_COLUMNS: readonly Column<ApiTokenView>[] = [
  { title: 'ID', of: ({ id }) => id, isWhole: true },
  { title: 'NAME', of: ({ name }) => name },
  { title: 'MAY', of: ({ permissions }) => permissions.join(' ') },
  { title: 'CREATED', of: ({ created_at: time }) => time },
  { title: 'EXPIRES', of: ({ expires_at: time }) => time ?? 'never' },
  { title: 'LAST USED', of: ({ last_used_at: time }) => time ?? 'never' },
  { title: 'FROM', of: ({ last_endpoint: endpoint }) => endpoint },
];

/** Adds `gather tokens list`, `create` and `revoke`. */
export function addTokensCommand(program: Command, run: RunCommand): void {
  const group = addGroup(program, {
    usage: 'tokens',
    summary: 'make, show and revoke API tokens for devices',
    description:
      'Works on your API tokens: each has a name, and may do no more than you let it. A device takes one as GATHER_TOKEN.',
  });
  const list = addPart(
    group,
    {
      usage: 'list',
      summary: 'show them',
      description: 'Shows your API tokens, without the tokens themselves.',
    },
    { isDefault: true },
  );
  finish(list, ['gather tokens']);
  list.action(() => run(list, listTokens));
  addCreate(group, run);
  const revoke = addPart(group, {
    usage: 'revoke <id>',
    summary: 'revoke one',
    description: 'Revokes an API token, known by its id, at once.',
  });
  finish(addYesOption(revoke), ['gather tokens revoke ID']);
  revoke.action((id: string, flags: YesFlag) => run(revoke, (context) => revokeToken(context, id, flags)));
}

function addCreate(group: Command, run: RunCommand): void {
  const create = addPart(group, {
    usage: 'create <name>',
    summary: 'make one',
    description:
      'Makes an API token and shows it, this once. Give at least one --permission; "gather permissions" shows them.',
  })
    .option('-p, --permission <permission>', 'what it may do; can be given several times', collect)
    .option('--expires-in <time>', 'how long it is good: 90d, 12h, 30m or seconds; for ever without it');
  finish(addSecretFileOption(create), [
    'gather tokens create sensor-7 --permission messages:write',
    'gather tokens create ci --permission messages:write --expires-in 90d --secret-file token',
  ]);
  create.action((name: string, flags: CreateFlags) =>
    run(create, (context) => createToken(context, name, flags)),
  );
}

async function listTokens(context: CommandContext): Promise<CommandResult> {
  const tokens = await withAccounts(context, (ask) => ask((api, token) => api.apiTokens(token)));
  return {
    text: tokens.length === 0 ? 'There are no API tokens' : await table(context.io, TOKEN_COLUMNS, tokens),
    fields: { ...ownerOf(context), tokens: jsonOf(tokens) },
  };
}

async function createToken(
  context: CommandContext,
  name: string,
  flags: CreateFlags,
): Promise<CommandResult> {
  const permissions = permissionsOf(flags.permission ?? []);
  if (permissions.length === 0) throw usageError('Give at least one --permission');
  const expiry =
    flags.expiresIn === undefined ? {} : { expires_in: secondsIn('--expires-in', flags.expiresIn) };
  refuseUnseenSecret(context, flags);
  const wanted = { name, permissions, ...expiry };
  const made = await withAccounts(context, (ask) => ask((api, token) => api.createApiToken(token, wanted)));
  const { token: secret, ...view } = made;
  return secretResult(context, flags, {
    secret,
    text: `The API token ${name} is made, and shown this once.`,
    fields: { ...ownerOf(context), token: jsonOf(view) },
  });
}

async function revokeToken(context: CommandContext, id: string, { yes }: YesFlag): Promise<CommandResult> {
  await confirm(context.io, {
    what: `This revokes the API token ${id}: what uses it gets in no more`,
    isAgreed: yes === true,
  });
  await withAccounts(context, (ask) => ask((api, token) => api.revokeApiToken(token, id)));
  return { text: 'The API token is revoked', fields: { ...ownerOf(context), revoked: id } };
}
