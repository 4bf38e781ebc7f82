// The options of a benchmark: all of them have defaults, and a wrong one is refused.
import { parseArgs } from 'node:util';

/**
 * Reads the command line.
 *
 * @param defaults - by name: a number, a text, or a list of either, which is given with commas between
 */
export function readOptions(defaults) {
  const options = Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' }]));
  try {
    const { values } = parseArgs({ options });
    const read = Object.entries(defaults).map(([name, fallback]) => [
      name,
      parse(name, values[name], fallback),
    ]);
    return Object.fromEntries(read);
  } catch (error) {
    const names = Object.entries(defaults).map(([name, fallback]) => `--${name} ${String(fallback)}`);
    process.stderr.write(`${error.message}\nOptions and their defaults: ${names.join(' ')}\n`);
    process.exit(2);
  }
}

function parse(name, text, fallback) {
  if (text === undefined) return fallback;
  if (Array.isArray(fallback)) return text.split(',').map((part) => parse(name, part, fallback[0]));
  if (typeof fallback !== 'number') return text;
  const number = Number(text);
  if (Number.isNaN(number) || number < 0) throw new Error(`--${name} must be a number`);
  return number;
}
