// The one Markdown table that every benchmark prints, under what it was measured on.
import { statfsSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';

const TMPFS = 0x01021994;

/**
 * Prints a table.
 *
 * @param columns - `[heading, valueOf(row)]`; what is a number stands to the right
 */
export function printTable(columns, rows) {
  const cells = rows.map((row) => columns.map(([, valueOf]) => valueOf(row)));
  const isNumeric = columns.map((_, index) => cells.every((row) => isNumber(row[index])));
  printRow(columns.map(([heading]) => heading));
  printRow(isNumeric.map((isRight) => (isRight ? '---:' : '---')));
  for (const row of cells) printRow(row);
}

function printRow(cells) {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}

function isNumber(cell) {
  return cell === '–' || cell === '' || !Number.isNaN(Number(cell));
}

/** A number with so many digits behind the point; a dash where there is none. */
export function shown(value, digits = 0) {
  return Number.isFinite(value) ? value.toFixed(digits) : '–';
}

/** Says what a benchmark runs on. @param path - where its data is */
export function printMachine(path) {
  const disk = statfsSync(path).type === TMPFS ? '; the data is in MEMORY: nothing is durable' : '';
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  const model = cpus()[0]?.model ?? 'unknown processor';
  process.stdout.write(
    `Node ${process.version}, ${String(availableParallelism())} cores (${model}), ${memory}, ${type()} ${release()}${disk}.\n\n`,
  );
}
