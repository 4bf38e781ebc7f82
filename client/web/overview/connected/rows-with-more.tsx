import { Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useId, useState } from 'react';
import { type Column, DataTable } from '../../parts/data-table.js';
import { numberText } from '../../parts/words.js';

const AT_FIRST = 20;
const MORE = 100;

interface RowsWithMoreProps<Row extends object> {
  readonly title: string;
  /** How many there are in all, shown or not. */
  readonly count: number;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  /** What stands between the title and the rows. */
  readonly above: ReactNode;
  /** What stands there instead of rows where there are none. */
  readonly children: ReactNode;
}

/** A table with its title, of which the first rows are shown, and more when they are asked for. */
export function RowsWithMore<Row extends object>(props: RowsWithMoreProps<Row>) {
  const { title, count, rows, columns, above, children } = props;
  const [shown, setShown] = useState(AT_FIRST);
  const titleId = useId();
  const places = new Map(rows.map((row, at) => [row, at]));
  const left = rows.length - shown;
  return (
    <Paper component="section" withBorder p="sm" aria-labelledby={titleId} miw={0}>
      <Stack gap="xs">
        <Group gap="xs" align="baseline">
          <Title order={2} size="h5" id={titleId}>
            {title}
          </Title>
          <Text size="sm" c="dimmed">
            {numberText(count)}
          </Text>
        </Group>
        {above}
        {rows.length === 0 ? (
          children
        ) : (
          <DataTable
            label={title}
            columns={columns}
            rows={rows.slice(0, shown)}
            keyOf={(row) => places.get(row) ?? 0}
          />
        )}
        {left <= 0 ? null : (
          <Button
            variant="default"
            size="xs"
            onClick={() => {
              setShown(shown + MORE);
            }}
          >
            Show {numberText(Math.min(MORE, left))} more of {numberText(rows.length)}
          </Button>
        )}
      </Stack>
    </Paper>
  );
}
