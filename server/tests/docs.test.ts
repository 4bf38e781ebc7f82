import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { flagOf, isSecret, SETTING_NAMES, SETTINGS, type SettingDefinition } from '../config/settings.js';
import { ERROR_TABLE } from '../errors/error-table.js';

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');

test("the README's table of settings is the code's, row by row", async () => {
  const rows = (await read('README.md')).split('\n').filter((line) => line.startsWith('| `--'));
  const expected = SETTING_NAMES.map((name) => {
    const { env, fallback = '', help }: SettingDefinition<unknown> = SETTINGS[name];
    const variable = isSecret(name) ? `\`${env}\`, \`${env}_FILE\`` : `\`${env}\``;
    const byDefault = fallback === '' ? '' : `\`${fallback}\``;
    return `| \`${flagOf(name)}\` | ${variable} | ${byDefault} | ${help} |`;
  });
  expect(rows).toEqual(expected);
});

test("the documentation's table of errors is the code's, row by row", async () => {
  const rows = (await read('docs/errors.md')).split('\n').filter((line) => /^\| `\w+\./.test(line));
  const expected = Object.entries(ERROR_TABLE).map(
    ([code, { status, isRetryable, text }]) =>
      `| \`${code}\` | ${String(status)} | ${isRetryable ? 'yes' : 'no'} | ${text} |`,
  );
  expect(rows).toEqual(expected);
});

test('every link of the documentation to a file of the project leads somewhere', async () => {
  const pages = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];
  for (const page of pages) {
    const links = [...(await read(page)).matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(
      (match) => match[1] ?? '',
    );
    const folders = links.filter((link) => !/\.\w+$/.test(link));
    const files = links.filter((link) => !folders.includes(link));
    for (const file of files) await expect(read(file), `${page} → ${file}`).resolves.not.toBe('');
  }
});
