import { JsonScanner } from './json-scanner.js';

const COMMA = 0x2c;

/**
 * The JSON of a field as it stands in an object's bytes, with all digits of its numbers: where there are several of this name
 * that of the last, as `JSON.parse` has it; undefined where there is none.
 *
 * @param bytes - an object, as `JSON.parse` accepts it, in UTF-8
 * @param maxDepth - levels of nesting that it has at the most
 */
export function fieldText(bytes: Buffer, name: string, maxDepth: number): string | undefined {
  const scanner = new JsonScanner(maxDepth);
  scanner.open(bytes);
  let text: string | undefined;
  let at = scanner.skipSpace(0);
  do {
    const begin = scanner.skipSpace(at + 1);
    const end = scanner.string(begin);
    // There is none in an empty object.
    if (end < 0) return undefined;
    const value = scanner.skipSpace(scanner.skipSpace(end) + 1);
    const valueEnd = scanner.value(value);
    if (JSON.parse(bytes.toString('utf8', begin, end)) === name)
      text = bytes.toString('utf8', value, valueEnd);
    at = scanner.skipSpace(valueEnd);
  } while (bytes[at] === COMMA);
  return text;
}
