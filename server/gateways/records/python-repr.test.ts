import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pythonRepr, pythonTuple } from './python-repr.js';

const run = promisify(execFile);
const hasPython = spawnSync('python3', ['-c', 'import json']).status === 0;

test.each([
  ['John', `'John'`],
  ['', `''`],
  [`O'Brien`, `"O'Brien"`],
  [`"Bob"`, `'"Bob"'`],
  [`"O'Brien"`, `'"O\\'Brien"'`],
  ['a\\b', `'a\\\\b'`],
  ['Smith, Jr.', `'Smith, Jr.'`],
  ['\n\r\t', `'\\n\\r\\t'`],
  ['\0\x1b\x7f\x9f', `'\\x00\\x1b\\x7f\\x9f'`],
  ['\u00a0\u00ad', `'\\xa0\\xad'`],
  ['Zoë 山田 🥧', `'Zoë 山田 🥧'`],
  ['\u2028\u200f\ue000', `'\\u2028\\u200f\\ue000'`],
  ['\u{e0001}\u{10ffff}', `'\\U000e0001\\U0010ffff'`],
  ['\ud800', `'\\ud800'`],
])('%j is %s', (text, repr) => {
  expect(pythonRepr(text)).toBe(repr);
});

test('a tuple is numbers and texts', () => {
  expect(pythonTuple([1, 'John', 'Doe', 123456789, '01-01-2000', 100000])).toBe(
    `(1, 'John', 'Doe', 123456789, '01-01-2000', 100000)`,
  );
  expect(pythonTuple([Number.MAX_SAFE_INTEGER, `O'Brien`])).toBe(`(9007199254740991, "O'Brien")`);
});

/** What a program in Python answers to something, both JSON. */
async function ask(program: string, question: unknown): Promise<unknown> {
  const asked = run('python3', ['-c', program], { maxBuffer: 1 << 28 });
  asked.child.stdin?.end(JSON.stringify(question));
  return JSON.parse((await asked).stdout);
}

// What Unicode has added since, either side's version may not know.
const EACH_ASSIGNED = `
import json, unicodedata
print(json.dumps([[c, repr(chr(c))] for c in range(0x110000) if unicodedata.category(chr(c)) != 'Cn']))
`;

test.skipIf(!hasPython)('every character is printed as Python does (skipped without python3)', async () => {
  const known = (await ask(EACH_ASSIGNED, null)) as [number, string][];
  expect(known.length).toBeGreaterThan(200_000);
  const others = known.filter(([code, repr]) => pythonRepr(String.fromCodePoint(code)) !== repr);
  expect(others).toEqual([]);
});

test.skipIf(!hasPython)('so is every tuple of texts (skipped without python3)', async () => {
  const character = fc.oneof(
    fc.constantFrom("'", '"', '\\', '\n', ',', ' ', '\u00a0', '\u200d', 'é', '山', '🥧'),
    fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 1 }),
  );
  const text = fc.array(character, { maxLength: 12 }).map((characters) => characters.join(''));
  const tuples = fc.sample(fc.tuple(fc.maxSafeNat(), text, text), 2000);
  const printed = await ask(
    'import json, sys\nprint(json.dumps([repr(tuple(t)) for t in json.load(sys.stdin)]))',
    tuples,
  );
  expect(tuples.map(pythonTuple)).toEqual(printed);
});
