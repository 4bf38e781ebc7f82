import { Button, Text } from '@mantine/core';
import type { ApiTokenView } from '../../../../protocol/sessions.js';
import { type Column, DataTable } from '../../parts/data-table.js';
import { TimeText } from '../../parts/time-text.js';

interface TokenTableProps {
  readonly tokens: readonly ApiTokenView[];
  readonly onRevoke: (token: ApiTokenView) => void;
}

/** One's API tokens, never the tokens themselves. */
export function TokenTable({ tokens, onRevoke }: TokenTableProps) {
  return <DataTable label="API tokens" columns={columnsOf(onRevoke)} rows={tokens} keyOf={({ id }) => id} />;
}

function columnsOf(onRevoke: TokenTableProps['onRevoke']): readonly Column<ApiTokenView>[] {
  return [
    { title: 'Name', cell: ({ name }) => <bdi>{name}</bdi> },
    { title: 'May', cell: ({ permissions }) => <Permissions names={permissions} /> },
    { title: 'Made', cell: ({ created_at: time }) => <TimeText time={time} /> },
    { title: 'Ends', cell: ({ expires_at: time }) => (time === null ? 'Never' : <TimeText time={time} />) },
    { title: 'Last used', cell: (token) => <LastUse token={token} /> },
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
  return (
    <Text span size="sm" ff="monospace">
      {names.length === 0 ? 'nothing' : names.join(', ')}
    </Text>
  );
}

function LastUse({
  token: { last_used_at: time, last_endpoint: endpoint },
}: {
  readonly token: ApiTokenView;
}) {
  if (time === null) return <>Never</>;
  return (
    <span>
      <TimeText time={time} />
      {endpoint === null ? '' : ` from ${endpoint}`}
    </span>
  );
}
