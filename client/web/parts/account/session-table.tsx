import { Badge, Button, Group, Text } from '@mantine/core';
import type { SessionView } from '../../../../protocol/sessions.js';
import { clientName } from '../text/client-name.js';
import { type Column, DataTable } from '../data-table.js';
import { TimeText } from '../text/time-text.js';

interface SessionTableProps {
  readonly sessions: readonly SessionView[];
  /** Undefined where none is ended alone. */
  readonly onEnd?: (session: SessionView) => void;
}

/** Somebody's sessions, the one of whoever looks marked. */
export function SessionTable({ sessions, onEnd }: SessionTableProps) {
  const columns = onEnd === undefined ? COLUMNS : [...COLUMNS, actionsOf(onEnd)];
  return <DataTable label="Sessions" columns={columns} rows={sessions} keyOf={({ id }) => id} />;
}

/** By what somebody knows a session again. */
export function sessionName({ client, endpoint }: SessionView): string {
  return `${clientName(client)} at ${endpoint}`;
}

const COLUMNS: readonly Column<SessionView>[] = [
  { title: 'Client', cell: (session) => <Client session={session} /> },
  { title: 'Address', cell: ({ endpoint }) => endpoint },
  { title: 'Began', cell: ({ created_at: time }) => <TimeText time={time} /> },
  { title: 'Last used', cell: ({ last_used_at: time }) => <TimeText time={time} /> },
  { title: 'Ends', cell: ({ expires_at: time }) => <TimeText time={time} /> },
];

function actionsOf(onEnd: (session: SessionView) => void): Column<SessionView> {
  return { title: 'Actions', cell: (session) => <End session={session} onEnd={onEnd} /> };
}

function Client({ session: { client, kind, is_current: isCurrent } }: { readonly session: SessionView }) {
  return (
    <Group gap="xs">
      <Text span size="sm" title={client}>
        <bdi>{clientName(client)}</bdi>
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
  readonly onEnd: (session: SessionView) => void;
}

function End({ session, onEnd }: EndProps) {
  if (session.is_current) return <>Log out ends it</>;
  return (
    <Button
      size="compact-sm"
      variant="default"
      aria-label={`End the session of ${sessionName(session)}`}
      onClick={() => {
        onEnd(session);
      }}
    >
      End
    </Button>
  );
}
