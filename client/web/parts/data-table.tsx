import { ActionIcon, Table } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import classes from './data-table.module.css';

/** A column of a table. */
export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  /** Whether what is in it stays on one line where there is room. */
  readonly isUnbroken?: boolean;
}

/** What unfolds below a row. */
export interface RowDetails<Row> {
  /** What the row is, for the button that unfolds it: `line 7`. */
  readonly name: (row: Row) => string;
  readonly content: (row: Row) => ReactNode;
  readonly isOpen: (row: Row) => boolean;
  readonly onToggle: (row: Row) => void;
}

interface DataTableProps<Row> {
  /** What the rows are, for whoever cannot see the page. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string | number;
  readonly details?: RowDetails<Row>;
}

/** Rows under titles; on a narrow screen each row is a block, with the titles beside its values. */
export function DataTable<Row>({ label, columns, rows, keyOf, details }: DataTableProps<Row>) {
  return (
    <Table aria-label={label} className={classes['table']} verticalSpacing="xs" highlightOnHover>
      <Table.Thead>
        <Table.Tr>
          {columns.map(({ title }) => (
            <Table.Th key={title} scope="col">
              {title}
            </Table.Th>
          ))}
          {details === undefined ? null : <Table.Th scope="col">Details</Table.Th>}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row) => (
          <DataRow key={keyOf(row)} row={row} columns={columns} details={details} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

interface DataRowProps<Row> {
  readonly row: Row;
  readonly columns: readonly Column<Row>[];
  readonly details: RowDetails<Row> | undefined;
}

function DataRow<Row>({ row, columns, details }: DataRowProps<Row>) {
  return (
    <>
      <Table.Tr>
        {columns.map(({ title, cell, isUnbroken = false }) => (
          <Table.Td key={title} data-title={title} data-unbroken={isUnbroken ? true : undefined}>
            <div className={classes['value']}>{cell(row)}</div>
          </Table.Td>
        ))}
        {details === undefined ? null : (
          <Table.Td data-title="Details">
            <DetailsButton row={row} details={details} />
          </Table.Td>
        )}
      </Table.Tr>
      {details?.isOpen(row) === true ? (
        <Table.Tr className={classes['details']}>
          <Table.Td colSpan={columns.length + 1}>{details.content(row)}</Table.Td>
        </Table.Tr>
      ) : null}
    </>
  );
}

function DetailsButton<Row>({ row, details }: { readonly row: Row; readonly details: RowDetails<Row> }) {
  const isOpen = details.isOpen(row);
  const Icon = isOpen ? IconChevronDown : IconChevronRight;
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-label={`Details of ${details.name(row)}`}
      aria-expanded={isOpen}
      onClick={() => {
        details.onToggle(row);
      }}
    >
      <Icon size={18} aria-hidden />
    </ActionIcon>
  );
}
