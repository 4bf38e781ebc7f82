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
  const drawn = new CliTable({
    head,
    style: { head: [], border: [], compact: true },
    ...fitted([titles, ...cells], place.stdout.columns),
  });
  drawn.push(...cells);
  return drawn.toString();
}

// A space on each side of a cell, and a line on its left.
const AROUND_CELL = 3;
const NARROWEST = 12;

// Where the table is wider than the terminal, its widest columns give way, and what stands in them is broken into lines.
function fitted(rows: readonly (readonly string[])[], columns = Number.POSITIVE_INFINITY): object {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)) + 2);
  const room = columns - 1;
  const all = (): number => widths.reduce((sum, width) => sum + width + AROUND_CELL - 2, 0);
  if (all() <= room) return {};
  for (;;) {
    const widest = Math.max(...widths);
    if (all() <= room || widest <= NARROWEST) break;
    const second = Math.max(NARROWEST, ...widths.filter((width) => width < widest));
    widths[widths.indexOf(widest)] = Math.max(second - 1, NARROWEST, widest - (all() - room));
  }
  return { colWidths: widths, wordWrap: true, wrapOnWordBoundary: false };
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
