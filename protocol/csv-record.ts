import { lineSafeJson } from './line-safe.js';

/** The columns of a record in CSV, in their order. Contract 1, "The dump file". */
export const CSV_COLUMNS = [
  'timestamp',
  'username',
  'message',
  'seq',
  'endpoint',
  'topic',
  'time',
  'producer',
  'number',
] as const;

/** What stands between the columns of a CSV, by its first line: no column that is read here has one of these in its name. */
export function csvDelimiter(header: string): string {
  return [',', ';', '\t'].find((delimiter) => header.includes(delimiter)) ?? ',';
}

/** The first line of a file of records in CSV, with its end. */
export const CSV_HEADER = `${CSV_COLUMNS.join(',')}\n`;

// Control characters, lone surrogates, quotes, the Unicode line separators and marks of direction; and what a spreadsheet could take for
// the beginning of a formula: the full-width signs too, behind white space or invisible characters, and at the
// beginning of what is a cell where the spreadsheet's own separator is another one.
const NOT_PLAIN =
  /[\p{Cc}\p{Cs}"\u2028-\u202e\u2066-\u2069]|(?:^|[;|])[\s\p{Cf}]*[=+\-@{\uff1d\uff0b\uff0d\uff20]/u;

/**
 * A text as the value of a cell, before it is quoted. One that is not plain stands as its JSON string literal: it begins
 * with a quote, which no plain text does, so the two cannot be mistaken for each other.
 */
export function cellOfText(text: string): string {
  return NOT_PLAIN.test(text) ? withoutSeparators(lineSafeJson(JSON.stringify(text))) : text;
}

/**
 * A message that is no text as the value of a cell: no plain text begins with a brace.
 *
 * @param json - its JSON, on one line as {@link lineSafeJson} makes it
 */
export function cellOfJson(json: string): string {
  return withoutSeparators(`{"message":${json}}`);
}

// A separator in an escape is none. In JSON these stand in strings only.
function withoutSeparators(json: string): string {
  return json.replaceAll(';', '\\u003b').replaceAll('|', '\\u007c');
}

/**
 * The text that a cell of {@link cellOfText} stands for. What begins with a quote and is no JSON string literal was
 * written by something else, and stands for itself.
 */
export function textOfCell(cell: string): string {
  if (!cell.startsWith('"')) return cell;
  try {
    const text: unknown = JSON.parse(cell);
    return typeof text === 'string' ? text : cell;
  } catch {
    return cell;
  }
}
