import { readdir, readFile, stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { PERMISSION_NAMES, PERMISSIONS, ROLE_PERMISSIONS, ROLES } from '../../protocol/permissions.js';
import { flagOf, isSecret, SETTING_NAMES, SETTINGS, type SettingDefinition } from '../config/settings.js';
import { ERROR_TABLE } from '../errors/error-table.js';
import { OPERATIONS } from '../http/openapi/operations.js';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string) => readFile(new URL(path, ROOT), 'utf8');

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

test('the README and the page on accounts name every path that is served', async () => {
  const pages = `${await read('README.md')}${await read('docs/accounts.md')}`;
  const paths = OPERATIONS.map(({ method, path }) =>
    path.startsWith('/v1') ? `${method.toUpperCase()} ${path}` : path,
  );
  expect(paths.filter((path) => !pages.includes(path))).toEqual([]);
});

test("the documentation's table of permissions is the code's, row by row", async () => {
  const rows = (await read('docs/accounts.md'))
    .split('\n')
    .filter((line) => /^\| `\w+(?::\w+)?` \|/.test(line));
  const expected = PERMISSION_NAMES.map((name) => {
    const marks = ROLES.map((role) => (ROLE_PERMISSIONS[role].includes(name) ? '✓ |' : '|'));
    return `| \`${name}\` | ${PERMISSIONS[name]} | ${marks.join(' ')}`;
  });
  expect(rows).toEqual(expected);
});

test('every link of the documentation to a file or folder of the project leads somewhere', async () => {
  const pages = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'bench/README.md'];
  for (const folder of ['docs/', 'diagrams/decisions/'])
    pages.push(
      ...(await readdir(new URL(folder, ROOT)))
        .filter((name) => name.endsWith('.md'))
        .map((name) => `${folder}${name}`),
    );
  for (const page of pages) {
    for (const [, link = ''] of (await read(page)).matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      const target = stat(new URL(link, new URL(page, ROOT)));
      await expect(target, `${page} → ${link}`).resolves.toBeDefined();
    }
  }
});

test('every source file that the documentation names is there', async () => {
  const files: string[] = [];
  for (const folder of ['server', 'client', 'protocol', 'scripts', 'diagrams']) {
    const names = await readdir(new URL(folder, ROOT), { recursive: true });
    files.push(...names.map((name) => `/${folder}/${name.replaceAll('\\', '/')}`));
  }
  for (const page of ['ARCHITECTURE.md', 'CONTRIBUTING.md', 'docs/security.md', 'docs/spool.md']) {
    const names = [...(await read(page)).matchAll(/`([\w/.-]+\.(?:ts|mjs))`/g)].map(([, name = '']) => name);
    expect(
      names.filter((name) => !files.some((file) => file.endsWith(`/${name}`))),
      page,
    ).toEqual([]);
  }
});
