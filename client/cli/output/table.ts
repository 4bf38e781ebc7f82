import { printable } from '../../../protocol/line-safe.js';
import type { CliIo } from '../cli-io.js';

/** What stands in a cell; null where there is nothing. */
export type Cell = string | number | boolean | null;

/** A column: its title, and what stands in it of each row. */
export interface Column<Row> {
  readonly title: string;
  readonly of: (row: Row) => Cell;
}

/** Where a table is shown. */
type Place = Pick<CliIo, 'stdout' | 'env'>;

/**
 * Rows as a table: with lines around the cells on a terminal, with a tab between them elsewhere. What a terminal
 * would obey is escaped. Loads cli-table3 only where it draws.
 */
export async function table<Row>(
  place: Place,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): Promise<string> {
  const titles = columns.map(({ title }) => title);
  const cells = rows.map((row) => columns.map((column) => textOf(column.of(row))));
  if (place.stdout.isTTY !== true) return [titles, ...cells].map((row) => row.join('\t')).join('\n');
  const { default: CliTable } = await import('cli-table3');
  const head = titles.map((title) => (hasColours(place) ? `\u001b[1m${title}\u001b[22m` : title));
  const drawn = new CliTable({ head, style: { head: [], border: [], compact: true } });
  drawn.push(...cells);
  return drawn.toString();
}

/** Names with their values, one a line, the values one below the other. What has no value is left out. */
export function facts(of: Readonly<Record<string, Cell>>): string {
  const shown = Object.entries(of).filter(([, value]) => value !== null && value !== '');
  const width = Math.max(0, ...shown.map(([name]) => name.length)) + 2;
  return shown.map(([name, value]) => `${`${name}:`.padEnd(width)}${textOf(value)}`).join('\n');
}

function textOf(cell: Cell): string {
  return cell === null ? '' : printable(String(cell));
}

// https://no-color.org
function hasColours({ env }: Place): boolean {
  return (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}
