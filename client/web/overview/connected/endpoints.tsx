import { Text, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import type { EndpointSeen, Overview } from '../../../../protocol/overview.js';
import { AgoText } from '../../parts/text/ago-text.js';
import { clientName } from '../../parts/text/client-name.js';
import type { Column } from '../../parts/data-table.js';
import { numberText } from '../../parts/words.js';
import { RowsWithMore } from './rows-with-more.js';

/** Open sessions: who speaks from where. */
export function Endpoints({ overview }: { readonly overview: Overview }) {
  const { endpoints, endpoint_count, now } = overview;
  const [wanted, setWanted] = useState('');
  const found = endpoints.filter((endpoint) => isFound(endpoint, wanted));
  const isCut = endpoints.length < endpoint_count;
  return (
    <RowsWithMore
      title="Connected endpoints"
      count={endpoint_count}
      rows={found}
      columns={columnsAt(now)}
      above={
        <>
          <TextInput
            label="Find by user, endpoint or client"
            leftSection={<IconSearch size={16} aria-hidden />}
            size="xs"
            maw="24rem"
            value={wanted}
            onChange={(event) => {
              setWanted(event.currentTarget.value);
            }}
          />
          {isCut ? (
            <Text size="xs" c="dimmed">
              These are the {numberText(endpoints.length)} seen last.
            </Text>
          ) : null}
        </>
      }
    >
      <Text size="sm" c="dimmed" py="sm">
        {endpoints.length === 0
          ? 'Nobody has an open session.'
          : 'None of them matches. Empty the field to see all.'}
      </Text>
    </RowsWithMore>
  );
}

function columnsAt(now: string): Column<EndpointSeen>[] {
  return [
    { title: 'User', cell: ({ user }) => <bdi>{user}</bdi> },
    { title: 'Endpoint', cell: ({ endpoint }) => endpoint },
    { title: 'By', cell: ({ kind }) => (kind === 'login' ? 'Login' : 'Handshake') },
    { title: 'Client', cell: ({ client }) => <bdi title={client}>{clientName(client)}</bdi> },
    { title: 'Last seen', cell: ({ last_seen_at }) => <AgoText time={last_seen_at} now={now} /> },
  ];
}

function isFound({ user, endpoint, client }: EndpointSeen, wanted: string): boolean {
  const text = wanted.trim().toLowerCase();
  return [user, endpoint, client, clientName(client)].some((each) => each.toLowerCase().includes(text));
}
