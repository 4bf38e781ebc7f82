import type { Command } from 'commander';
import type { SessionView } from '../../../../protocol/sessions.js';
import { type CommandContext, ownerOf } from '../../command-context.js';
import type { CommandResult } from '../../output/output.js';
import { type Column, table } from '../../output/table.js';
import { confirm } from '../../terminal/confirm.js';
import type { RunCommand } from '../common-options.js';
import { jsonOf, withAccounts } from './account-command.js';
import { addGroup, addPart, addYesOption, finish, type YesFlag } from './command-group.js';

/** The columns of a list of sessions. */
export const SESSION_COLUMNS: readonly Column<SessionView>[] = [
  { title: 'ID', of: ({ id }) => id, isWhole: true },
  { title: 'KIND', of: ({ kind }) => kind },
  { title: 'FROM', of: ({ endpoint }) => endpoint },
  { title: 'CLIENT', of: ({ client }) => client },
  { title: 'LAST USED', of: ({ last_used_at: time }) => time },
  { title: 'EXPIRES', of: ({ expires_at: time }) => time },
  { title: '', of: ({ is_current: isCurrent }) => (isCurrent ? 'this one' : '') },
];

/** Adds `gather sessions list`, `end` and `end-others`. */
export function addSessionsCommand(program: Command, run: RunCommand): void {
  const group = addGroup(program, {
    usage: 'sessions',
    summary: 'show and end your sessions',
    description: 'Works on your own sessions: logins, and tokens of "gather authenticate".',
  });
  const list = addPart(
    group,
    { usage: 'list', summary: 'show them', description: 'Shows your live sessions.' },
    { isDefault: true },
  );
  finish(list, ['gather sessions', 'gather sessions list --json']);
  list.action(() => run(list, listSessions));
  const end = addPart(group, {
    usage: 'end <id>',
    summary: 'end one',
    description: 'Ends one of your sessions.',
  });
  finish(addYesOption(end), ['gather sessions end ID']);
  end.action((id: string, flags: YesFlag) => run(end, (context) => endSession(context, id, flags)));
  const others = addPart(group, {
    usage: 'end-others',
    summary: 'end all but this one',
    description: 'Ends all of your sessions but the one that asks.',
  });
  finish(addYesOption(others), ['gather sessions end-others --yes']);
  others.action((flags: YesFlag) => run(others, (context) => endOthers(context, flags)));
}

async function listSessions(context: CommandContext): Promise<CommandResult> {
  const sessions = await withAccounts(context, (ask) => ask((api, token) => api.sessions(token)));
  return {
    text: await table(context.io, SESSION_COLUMNS, sessions),
    fields: { ...ownerOf(context), sessions: jsonOf(sessions) },
  };
}

async function endSession(context: CommandContext, id: string, { yes }: YesFlag): Promise<CommandResult> {
  await confirm(context.io, { what: `This ends the session ${id}`, isAgreed: yes === true });
  await withAccounts(context, (ask) => ask((api, token) => api.endSession(token, id)));
  return { text: 'The session has ended', fields: { ...ownerOf(context), ended: 1 } };
}

async function endOthers(context: CommandContext, { yes }: YesFlag): Promise<CommandResult> {
  await confirm(context.io, { what: 'This ends all of your sessions but this one', isAgreed: yes === true });
  const ended = await withAccounts(context, (ask) => ask((api, token) => api.endOtherSessions(token)));
  return { text: `Sessions ended: ${String(ended)}`, fields: { ...ownerOf(context), ended } };
}
