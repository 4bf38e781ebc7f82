import { lineSafeJson } from '../../../protocol/line-safe.js';

const LINE_ENDS_AND_TABS = /[\t\n\r]/g;

/**
 * A text as a JSON string literal on one line: RFC 8259, with DEL, the C1 controls, the Unicode line separators and the
 * marks that turn the direction of text escaped too, since some readers end a line at them and terminals obey them.
 */
export function jsonLiteral(text: string): string {
  return lineSafeJson(JSON.stringify(text));
}

/**
 * A JSON text as it may stand in a line of the dump, its meaning unchanged: what is unsafe can only stand in strings, where
 * it becomes an escape, and raw line ends and tabs only between the parts, where they become spaces.
 */
export function onOneLine(json: string): string {
  return lineSafeJson(json.replace(LINE_ENDS_AND_TABS, ' '));
}
