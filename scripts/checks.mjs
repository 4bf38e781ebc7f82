// The checks of `npm run check`, each with violations that it must find, one a file: scripts/prove-checks.mjs plants them.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(import.meta.url);

export const CHECKS = [
  {
    name: 'format',
    command: [bin('prettier', 'prettier'), '--check', '--log-level', 'warn', '.'],
    violations: [
      { path: 'server/errors/planted.ts', text: 'export const planted   = "badly formatted"' },
      { path: 'client/web/planted.tsx', text: 'export const planted   = <p>badly formatted</p>' },
    ],
  },
  {
    name: 'types',
    command: [bin('typescript', 'tsc'), '--noEmit'],
    violations: [{ path: 'server/errors/planted.ts', text: "export const planted: number = 'no number';\n" }],
  },
  {
    name: 'types of the console',
    command: [bin('typescript', 'tsc'), '--noEmit', '--project', 'client/web'],
    violations: [
      { path: 'client/web/planted.tsx', text: 'export const planted: number = <p>no number</p>;\n' },
    ],
  },
  {
    name: 'types of what drives the console',
    command: [bin('typescript', 'tsc'), '--noEmit', '--project', 'client/tests/console'],
    violations: [
      { path: 'client/tests/console/planted.ts', text: 'export const planted: number = document.title;\n' },
    ],
  },
  {
    name: 'lint',
    command: [bin('eslint', 'eslint'), '--max-warnings', '0', '.'],
    violations: [
      { path: 'server/errors/planted.ts', text: 'export const planted = JSON.parse("1").value;\n' },
      {
        path: 'client/web/planted.tsx',
        text: "import { useId } from 'react';\n\nexport const planted = (is: boolean) => (is ? useId() : '');\n",
      },
      {
        path: 'client/web/planted-markup.tsx',
        text: "export const planted = <p dangerouslySetInnerHTML={{ __html: '' }} />;\n",
      },
    ],
  },
  {
    name: 'layering',
    command: [
      bin('dependency-cruiser', 'depcruise'),
      '--config',
      '.dependency-cruiser.cjs',
      'server',
      'client',
      'protocol',
    ],
    violations: [
      { path: 'server/errors/planted.ts', text: "export { wire as planted } from '../wiring/wire.js';\n" },
      { path: 'client/web/planted.tsx', text: "export { VERSION as planted } from '../cli/version.js';\n" },
      {
        path: 'client/web/planted-reach.tsx',
        text: "export { RequestSender as planted } from '../api/requests/request-sender.js';\n",
      },
      {
        path: 'client/formats/planted.ts',
        text: "export { VERSION as planted } from '../cli/version.js';\n",
      },
      { path: 'client/api/planted.ts', text: "export { App as planted } from '../web/app/app.js';\n" },
    ],
  },
  {
    name: 'dead code',
    command: [bin('knip', 'knip')],
    violations: [
      { path: 'server/errors/planted.ts', text: 'export const planted = 1;\n' },
      { path: 'client/web/planted.tsx', text: 'export const planted = 1;\n' },
    ],
  },
];

function bin(packageName, name) {
  const manifest = join(require.resolve('typescript/package.json'), '..', '..', packageName, 'package.json');
  const { bin: bins } = require(manifest);
  return join(manifest, '..', typeof bins === 'string' ? bins : bins[name]);
}
