import { Button, Group, Text } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useState } from 'react';
import type { AuditEntry } from '../../../../protocol/audit.js';
import { DataTable } from '../../parts/data-table.js';
import { EmptyNote } from '../../parts/empty-note.js';
import { ErrorNote } from '../../parts/error-note.js';
import { LoadingNote } from '../../parts/loading-note.js';
import { auditColumns } from './audit-columns.js';
import { AuditDetails } from './audit-details.js';
import { useAuditLines } from './use-audit-lines.js';
import type { AuditView } from './use-audit-view.js';

interface AuditListProps {
  readonly view: AuditView;
  readonly onView: (view: AuditView) => void;
  /** Whether the beginning of the list is on the screen. */
  readonly isAtTop: boolean;
  /** The line that the check found not to fit, if any. */
  readonly broken: number | undefined;
}

/** The lines that are asked for, the newest first. */
export function AuditList({ view, onView, isAtTop, broken }: AuditListProps) {
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const isFollowing = isAtTop && open.size === 0 && view.before === undefined && view.until === undefined;
  const lines = useAuditLines(view, isFollowing);
  const showNewest = (): void => {
    setOpen(new Set());
    if (view.before === undefined) lines.showNewest();
    else onView({ ...view, before: undefined });
  };
  return (
    <>
      <ListState
        text={stateText(view, lines.isLooking)}
        isBusy={lines.isFetching && !lines.isFetchingNextPage}
        onNewest={showNewest}
      />
      <ErrorNote error={lines.error} onRetry={() => void lines.refetch()} />
      {lines.isPending && lines.isFetching ? <LoadingNote /> : null}
      {lines.data === undefined ? null : (
        <div aria-busy={lines.isPlaceholderData}>
          <Lines
            entries={lines.data.pages.flatMap(({ entries }) => entries)}
            hasMore={lines.hasNextPage}
            broken={broken}
            open={open}
            onOpen={setOpen}
            onUser={(user) => {
              onView({ user });
            }}
          />
          {lines.hasNextPage ? (
            <Group justify="center" py="md">
              <Button
                variant="default"
                loading={lines.isFetchingNextPage}
                onClick={() => void lines.fetchNextPage()}
              >
                More
              </Button>
            </Group>
          ) : null}
        </div>
      )}
    </>
  );
}

function stateText({ before, until }: AuditView, isLooking: boolean): string {
  if (before !== undefined) return `From line ${String(before - 1)} back.`;
  if (until !== undefined) return 'New lines are not looked for.';
  return isLooking ? 'New lines show up by themselves.' : 'New lines wait while you read.';
}

interface ListStateProps {
  readonly text: string;
  readonly isBusy: boolean;
  readonly onNewest: () => void;
}

function ListState({ text, isBusy, onNewest }: ListStateProps) {
  return (
    <Group justify="space-between">
      <Text size="sm" c="dimmed">
        {text}
      </Text>
      <Button
        variant="default"
        size="compact-sm"
        leftSection={<IconRefresh size={16} aria-hidden />}
        aria-busy={isBusy}
        onClick={onNewest}
      >
        Show the newest
      </Button>
    </Group>
  );
}

interface LinesProps {
  readonly entries: readonly AuditEntry[];
  readonly hasMore: boolean;
  readonly broken: number | undefined;
  readonly open: ReadonlySet<number>;
  readonly onOpen: (open: ReadonlySet<number>) => void;
  readonly onUser: (name: string) => void;
}

function Lines({ entries, hasMore, broken, open, onOpen, onUser }: LinesProps) {
  if (entries.length === 0) return <NoLines hasMore={hasMore} />;
  return (
    <DataTable
      label="Audit log"
      columns={auditColumns(broken)}
      rows={entries}
      keyOf={({ seq }) => seq}
      details={{
        name: ({ seq }) => `line ${String(seq)}`,
        content: (entry) => <AuditDetails entry={entry} onUser={onUser} />,
        isOpen: ({ seq }) => open.has(seq),
        onToggle: ({ seq }) => {
          onOpen(toggled(open, seq));
        },
      }}
    />
  );
}

function toggled(open: ReadonlySet<number>, seq: number): ReadonlySet<number> {
  return open.has(seq) ? new Set([...open].filter((other) => other !== seq)) : new Set([...open, seq]);
}

// The server looks at so many lines for a page, and then says how far it came.
function NoLines({ hasMore }: Pick<LinesProps, 'hasMore'>) {
  if (hasMore) return <EmptyNote title="None among the newest lines">More looks further back.</EmptyNote>;
  return <EmptyNote title="No such lines">Choose other filters, or none, to see more.</EmptyNote>;
}
