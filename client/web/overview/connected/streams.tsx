import { Code, Text } from '@mantine/core';
import type { Overview, SpoolingClient } from '../../../../protocol/overview.js';
import { AgoText } from '../../parts/text/ago-text.js';
import type { Column } from '../../parts/data-table.js';
import { EmptyNote } from '../../parts/empty-note.js';
import { numberText } from '../../parts/words.js';
import { RowsWithMore } from './rows-with-more.js';

/** Numbered streams, which is how clients with a spool ship. */
export function Streams({ overview }: { readonly overview: Overview }) {
  const { spooling, spooling_count, now } = overview;
  const isCut = spooling.length < spooling_count;
  return (
    <RowsWithMore
      title="Spooling clients"
      count={spooling_count}
      rows={spooling}
      columns={columnsAt(now)}
      above={
        isCut ? (
          <Text size="xs" c="dimmed">
            These are the {numberText(spooling.length)} seen last.
          </Text>
        ) : null
      }
    >
      <EmptyNote title="No numbered streams">
        <Code>gather send --spool</Code> keeps messages on the endpoint’s disk and ships each of them once,
        even if this server is away meanwhile.
      </EmptyNote>
    </RowsWithMore>
  );
}

function columnsAt(now: string): Column<SpoolingClient>[] {
  return [
    { title: 'User', cell: ({ user }) => (user === null ? 'deleted' : <bdi>{user}</bdi>) },
    { title: 'Stream', cell: ({ producer }) => <Code>{producer}</Code> },
    { title: 'Last number', cell: ({ last }) => numberText(last) },
    { title: 'Last seen', cell: ({ last_seen_at }) => <AgoText time={last_seen_at} now={now} /> },
  ];
}
