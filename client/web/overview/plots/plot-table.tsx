import { Table } from '@mantine/core';
import { spansOf } from './plot-series.js';
import { clockText, type PlotTelling, SPAN_SECONDS, valueText } from './plot-words.js';
import classes from './plot.module.css';

interface PlotTableProps {
  readonly id: string;
  readonly telling: PlotTelling;
}

/** The numbers of a plot, several steps in a line, the last first. */
export function PlotTable({ id, telling }: PlotTableProps) {
  const { title, range, steps, unit, headline, parts } = telling;
  const series = [...headline, ...parts];
  const seconds = SPAN_SECONDS[range];
  return (
    <div id={id} className={classes['numbers']} role="region" aria-label={`${title}: numbers`} tabIndex={0}>
      <Table aria-label={title} stickyHeader verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">From</Table.Th>
            {series.map(({ key, label }) => (
              <Table.Th key={key} scope="col">
                <bdi title={label}>{label}</bdi>
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {spansOf(steps, seconds).map(({ begin, steps: places }) => (
            <Table.Tr key={begin}>
              <Table.Th scope="row">{clockText(begin, seconds)}</Table.Th>
              {series.map(({ key, merge }) => (
                <Table.Td key={key}>{valueText(merge(places), unit)}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
