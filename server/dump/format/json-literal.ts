const UNSAFE_IN_LINES = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;
const LINE_ENDS_AND_TABS = /[\t\n\r]/g;

/**
 * A text as a JSON string literal on one line: RFC 8259, with DEL, the C1 controls, the Unicode line separators and the
 * marks that turn the direction of text escaped too, since some readers end a line at them and terminals obey them.
 */
export function jsonLiteral(text: string): string {
  return escapeUnsafe(JSON.stringify(text));
}

/**
 * A JSON text as it may stand in a line of the dump, its meaning unchanged: what is unsafe can only stand in strings, where
 * it becomes an escape, and raw line ends and tabs only between the parts, where they become spaces.
 */
export function onOneLine(json: string): string {
  return escapeUnsafe(json.replace(LINE_ENDS_AND_TABS, ' '));
}

function escapeUnsafe(json: string): string {
  return json.replace(
    UNSAFE_IN_LINES,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
