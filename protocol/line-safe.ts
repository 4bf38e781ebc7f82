// DEL and the C1 controls, the Unicode line separators, and the marks that turn the direction of text.
const UNSAFE_IN_LINES = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

// The same, what JSON escapes by itself, and the marks of direction that are letters of their own.
const UNPRINTABLE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/**
 * A JSON text with what some readers end a line at, and terminals obey, escaped: DEL, the C1 controls, the Unicode line
 * separators and the marks of direction. They stand in strings only, where an escape means the same.
 */
export function lineSafeJson(json: string): string {
  return json.replace(UNSAFE_IN_LINES, unicodeEscape);
}

/** A text that does nothing to a terminal: what would stands as an escape of JSON. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, unicodeEscape);
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
