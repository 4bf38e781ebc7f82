import { Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useState } from 'react';
import { type Column, DataTable } from '../../parts/data-table.js';
import { ListFoot } from '../../parts/list-foot.js';
import { numberText } from '../../parts/words.js';
import type { PlanRow } from './plan-rows.js';

const AT_ONCE = 100;

const COLUMNS: readonly Column<PlanRow>[] = [
  { title: 'Row', cell: ({ line }) => line },
  { title: 'Number', cell: ({ texts }) => <bdi>{texts.id}</bdi> },
  { title: 'First name', cell: ({ texts }) => <bdi>{texts.first_name}</bdi> },
  { title: 'Last name', cell: ({ texts }) => <bdi>{texts.last_name}</bdi> },
  { title: 'SSN', cell: ({ texts }) => <Unbroken text={texts.ssn} /> },
  { title: 'Date of birth', cell: ({ texts }) => <Unbroken text={texts.date_of_birth} /> },
  { title: 'Salary', cell: ({ texts }) => <bdi>{texts.salary}</bdi> },
  { title: 'What happens', cell: ({ reason }) => <Verdict reason={reason} /> },
];

// What is too long for any SSN or date is broken all the same.
function Unbroken({ text }: { readonly text: string }) {
  return <bdi style={text.length > 12 ? {} : { whiteSpace: 'nowrap' }}>{text}</bdi>;
}

function Verdict({ reason }: Pick<PlanRow, 'reason'>) {
  if (reason === undefined) return 'Can be added';
  return (
    <Group gap={6} wrap="nowrap" align="flex-start" c="var(--mantine-color-error)">
      <IconAlertTriangle size={16} aria-hidden style={{ flexShrink: 0, marginTop: 2 }} />
      <Text size="sm" inherit>
        Conflict: <bdi>{reason}</bdi>
      </Text>
    </Group>
  );
}

type Shown = 'all' | 'conflicts';

/** The rows of a file, each with what would become of it. */
export function PlanTable({ rows }: { readonly rows: readonly PlanRow[] }) {
  const [most, setMost] = useState(AT_ONCE);
  const conflicts = rows.filter(({ reason }) => reason !== undefined);
  const [shown, setShown] = useState<Shown>('all');
  const wanted = shown === 'conflicts' ? conflicts : rows;
  return (
    <Stack>
      {conflicts.length === 0 ? null : (
        <Group>
          <SegmentedControl
            aria-label="Which rows are shown"
            value={shown}
            onChange={setShown}
            data={[
              { value: 'all', label: `All (${numberText(rows.length)})` },
              { value: 'conflicts', label: `Conflicts (${numberText(conflicts.length)})` },
            ]}
          />
        </Group>
      )}
      <DataTable
        label="What would be imported"
        columns={COLUMNS}
        rows={wanted.slice(0, most)}
        keyOf={({ line }) => line}
      />
      {wanted.length <= most ? null : (
        <ListFoot
          text={`The first ${numberText(most)} of ${numberText(wanted.length)} are shown.`}
          onMore={() => {
            setMost(most + AT_ONCE);
          }}
        />
      )}
    </Stack>
  );
}
