import type { Command } from 'commander';
import { AUDIT_ACTIONS, AUDIT_DOORS, type AuditEntry } from '../../../../protocol/audit.js';
import type { AuditFilter } from '../../../api/accounts/administration-api.js';
import { type CommandContext, ownerOf } from '../../command-context.js';
import type { CommandResult } from '../../output/output.js';
import { type Column, table } from '../../output/table.js';
import { jsonOf, withAdministration } from '../accounts/account-command.js';
import { addPart, finish } from '../accounts/command-group.js';
import { limitIn, oneOf, timeIn } from '../accounts/option-values.js';
import type { RunCommand } from '../common-options.js';

interface AuditFlags {
  readonly action?: string;
  readonly outcome?: string;
  readonly about?: string;
  readonly door?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: string;
  readonly verify?: boolean;
}

const OUTCOMES = ['done', 'refused'] as const;
const MAX_LIMIT = 100_000;
const MAX_PAGE = 1000;

const COLUMNS: readonly Column<AuditEntry>[] = [
  { title: 'NO.', of: ({ seq }) => seq },
  { title: 'TIME', of: ({ at }) => at },
  { title: 'ACTION', of: ({ action }) => action },
  { title: 'OUTCOME', of: ({ outcome }) => outcome },
  { title: 'WHO', of: ({ actor }) => actor },
  { title: 'ON', of: ({ subject }) => subject },
  { title: 'FROM', of: ({ endpoint }) => endpoint },
  { title: 'DOOR', of: ({ door }) => door },
  {
    title: 'DETAILS',
    of: ({ details }) => (Object.keys(details).length === 0 ? '' : JSON.stringify(details)),
  },
];

/** Adds `gather audit`. */
export function addAuditCommand(program: Command, run: RunCommand): void {
  const command = addPart(program, {
    usage: 'audit',
    summary: 'show the audit log, or check that it is whole',
    description:
      'Shows who did what, on whom and from where, the newest first. With --verify the server checks that no line was changed ' +
      'or taken away: exit code 1 where one was. Needs the permission audit:read.',
  })
    .option('--action <action>', `only ${AUDIT_ACTIONS.join(', ')}`)
    .option('--outcome <outcome>', 'only done or refused')
    .option('--about <name>', 'only what this user did, or what was done to it')
    .option('--door <door>', `only what came by ${AUDIT_DOORS.join(', ')}`)
    .option('--since <time>', 'only what was done after this time (RFC 3339)')
    .option('--until <time>', 'only what was done before this time')
    .option('-n, --limit <count>', 'the most lines to show', '100')
    .option('--verify', 'check the whole log instead');
  finish(command, [
    'gather audit --action login --outcome refused',
    'gather audit --about dale --json',
    "gather audit --door chat --since '2026-11-21T02:00:00+01:00' --until '2026-11-21T03:00:00+01:00'",
    'gather audit --verify',
  ]);
  command.action((flags: AuditFlags) =>
    run(command, (context) => (flags.verify === true ? verify(context) : show(context, flags))),
  );
}

async function show(context: CommandContext, flags: AuditFlags): Promise<CommandResult> {
  const atMost = limitIn(flags.limit, MAX_LIMIT);
  const filter = filterOf(flags);
  const entries: AuditEntry[] = [];
  let before: number | null | undefined;
  await withAdministration(context, async (ask) => {
    do {
      const limit = Math.min(MAX_PAGE, atMost - entries.length);
      const page = { ...filter, limit, before: before ?? undefined };
      const found = await ask((api, token) => api.audit(token, page));
      entries.push(...found.entries);
      before = found.next;
    } while (before !== null && entries.length < atMost);
  });
  return {
    text: entries.length === 0 ? 'There are no such lines' : await table(context.io, COLUMNS, entries),
    fields: { ...ownerOf(context), entries: jsonOf(entries), next: before ?? null },
  };
}

function filterOf({ action, outcome, about, door, since, until }: AuditFlags): AuditFilter {
  return {
    action: action === undefined ? undefined : oneOf('an action', action, AUDIT_ACTIONS),
    outcome: outcome === undefined ? undefined : oneOf('an outcome', outcome, OUTCOMES),
    user: about,
    door: door === undefined ? undefined : oneOf('a door', door, AUDIT_DOORS),
    since: since === undefined ? undefined : timeIn('--since', since),
    until: until === undefined ? undefined : timeIn('--until', until),
  };
}

async function verify(context: CommandContext): Promise<CommandResult> {
  const found = await withAdministration(context, (ask) => ask((api, token) => api.verifyAudit(token)));
  const { is_whole: isWhole, entries, first_broken: firstBroken } = found;
  const lines = `${String(entries)} lines`;
  return {
    text: isWhole
      ? `The audit log is whole: ${lines}`
      : `The audit log was changed: of ${lines}, number ${String(firstBroken)} does not fit the one before`,
    fields: { ...ownerOf(context), isWhole, entries, firstBroken },
    exit: isWhole ? 'done' : 'failed',
  };
}
