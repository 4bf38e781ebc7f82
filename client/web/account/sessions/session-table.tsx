import { Badge, Button, Group, Text } from '@mantine/core';
import type { SessionView } from '../../../../protocol/sessions.js';
import { type Column, DataTable } from '../../parts/data-table.js';
import { TimeText } from '../../parts/time-text.js';
import { clientName } from '../../parts/client-name.js';

interface SessionTableProps {
  readonly sessions: readonly SessionView[];
  readonly onEnd: (session: SessionView) => void;
}

/** One's sessions, this one marked. */
export function SessionTable({ sessions, onEnd }: SessionTableProps) {
  return <DataTable label="Sessions" columns={columnsOf(onEnd)} rows={sessions} keyOf={({ id }) => id} />;
}

function columnsOf(onEnd: SessionTableProps['onEnd']): readonly Column<SessionView>[] {
  return [
    { title: 'Client', cell: (session) => <Client session={session} /> },
    { title: 'Address', cell: ({ endpoint }) => endpoint },
    { title: 'Began', cell: ({ created_at: time }) => <TimeText time={time} /> },
    { title: 'Last used', cell: ({ last_used_at: time }) => <TimeText time={time} /> },
    { title: 'Ends', cell: ({ expires_at: time }) => <TimeText time={time} /> },
    { title: 'Actions', cell: (session) => <End session={session} onEnd={onEnd} /> },
  ];
}

function Client({ session: { client, kind, is_current: isCurrent } }: { readonly session: SessionView }) {
  return (
    <Group gap="xs">
      <Text span size="sm" title={client}>
        {clientName(client)}
      </Text>
      {isCurrent ? (
        <Badge variant="light" tt="none">
          This one
        </Badge>
      ) : null}
      {kind === 'handshake' ? (
        <Badge variant="default" tt="none" title="Of IDENTIFY and AUTHENTICATE">
          Handshake
        </Badge>
      ) : null}
    </Group>
  );
}

interface EndProps {
  readonly session: SessionView;
  readonly onEnd: SessionTableProps['onEnd'];
}

function End({ session, onEnd }: EndProps) {
  if (session.is_current) return <>Log out ends it</>;
  return (
    <Button
      size="compact-sm"
      variant="default"
      aria-label={`End the session of ${clientName(session.client)} at ${session.endpoint}`}
      onClick={() => {
        onEnd(session);
      }}
    >
      End
    </Button>
  );
}
