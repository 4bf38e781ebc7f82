import type { JsonValue } from '../../../../protocol/json-value.js';

/** Whoever nests deeper writes for programs; and a browser runs out of stack or memory at some depth. */
const MAX_DEPTH = 32;
const MAX_CHARACTERS = 256 * 1024;

/**
 * A message that is JSON, or a text that is the JSON of an object or an array, with its parts on lines of their own; undefined
 * where it is neither, or too deep or too long for that.
 */
export function indentedText(message: JsonValue): string | undefined {
  try {
    const value = typeof message === 'string' ? parsed(message) : message;
    if (value === undefined || isDeeper(value, MAX_DEPTH)) return undefined;
    const text = JSON.stringify(value, undefined, 2);
    return text.length > MAX_CHARACTERS ? undefined : text;
  } catch {
    return undefined;
  }
}

function parsed(text: string): JsonValue | undefined {
  if (text.length > MAX_CHARACTERS || !/^\s*[[{]/.test(text)) return undefined;
  return JSON.parse(text) as JsonValue;
}

// Looks no deeper than it has to, so that it cannot run out of stack itself.
function isDeeper(value: JsonValue, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((part) => isDeeper(part, levels - 1));
}
