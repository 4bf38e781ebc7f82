import { createHash } from 'node:crypto';

const CHECK_DIGITS = 16;
const TAIL_LENGTH = ',"check":""}'.length + CHECK_DIGITS;

/**
 * A JSON object on one line, with its line end, whose last member `check` tells whether the line still is what it was:
 * the first digits of the SHA-256 of all that stands before it. Pure ASCII, so that no terminal obeys it.
 */
export function checkedLine(value: object): string {
  const open = asciiJson(value).slice(0, -1);
  return `${open},"check":"${checkOf(open)}"}\n`;
}

/** The object in such a line, without its line end; undefined where it is not as it was written. */
export function parseCheckedLine(line: string): object | undefined {
  const open = line.slice(0, -TAIL_LENGTH);
  if (line.slice(-TAIL_LENGTH) !== `,"check":"${checkOf(open)}"}`) return undefined;
  try {
    const value: unknown = JSON.parse(`${open}}`);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function checkOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, CHECK_DIGITS);
}

function asciiJson(value: object): string {
  return JSON.stringify(value).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
