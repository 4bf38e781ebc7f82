import { Button, Code, Group } from '@mantine/core';
import type { ApiTokenView } from '../../../../protocol/sessions.js';
import { type Column, DataTable } from '../data-table.js';
import { Dimmed } from '../text/dimmed.js';
import { TimeText } from '../text/time-text.js';

interface TokenTableProps {
  readonly tokens: readonly ApiTokenView[];
  readonly onRevoke: (token: ApiTokenView) => void;
}

/** Somebody's API tokens, never the tokens themselves. */
export function TokenTable({ tokens, onRevoke }: TokenTableProps) {
  return <DataTable label="API tokens" columns={columnsOf(onRevoke)} rows={tokens} keyOf={({ id }) => id} />;
}

function columnsOf(onRevoke: TokenTableProps['onRevoke']): readonly Column<ApiTokenView>[] {
  return [
    { title: 'Name', cell: ({ name }) => <bdi>{name}</bdi> },
    { title: 'May', cell: ({ permissions }) => <Permissions names={permissions} /> },
    { title: 'Created', cell: ({ created_at: time }) => <TimeText time={time} /> },
    { title: 'Ends', cell: ({ expires_at: time }) => <Moment time={time} /> },
    {
      title: 'Last used',
      cell: ({ last_used_at: time, last_endpoint: endpoint }) => (
        <span>
          <Moment time={time} />
          {endpoint === null ? '' : ` from ${endpoint}`}
        </span>
      ),
    },
    {
      title: 'Actions',
      cell: (token) => (
        <Button
          size="compact-sm"
          variant="default"
          aria-label={`Revoke ${token.name}`}
          onClick={() => {
            onRevoke(token);
          }}
        >
          Revoke
        </Button>
      ),
    },
  ];
}

function Permissions({ names }: { readonly names: readonly string[] }) {
  if (names.length === 0) return <Dimmed>nothing</Dimmed>;
  return (
    <Group gap={4}>
      {names.map((name) => (
        <Code key={name}>{name}</Code>
      ))}
    </Group>
  );
}

function Moment({ time }: { readonly time: string | null }) {
  return time === null ? <Dimmed>never</Dimmed> : <TimeText time={time} />;
}
