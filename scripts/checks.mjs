// The checks of `npm run check`, each with a violation that it must find: scripts/prove-checks.mjs plants them.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(import.meta.url);

export const CHECKS = [
  {
    name: 'format',
    command: [bin('prettier', 'prettier'), '--check', '--log-level', 'warn', '.'],
    violation: { path: 'server/errors/planted.ts', text: 'export const planted   = "badly formatted"' },
  },
  {
    name: 'types',
    command: [bin('typescript', 'tsc'), '--noEmit'],
    violation: { path: 'server/errors/planted.ts', text: "export const planted: number = 'no number';\n" },
  },
  {
    name: 'lint',
    command: [bin('eslint', 'eslint'), '--max-warnings', '0', '.'],
    violation: { path: 'server/errors/planted.ts', text: 'export const planted = JSON.parse("1").value;\n' },
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
    violation: {
      path: 'server/errors/planted.ts',
      text: "export { wire as planted } from '../wiring/wire.js';\n",
    },
  },
  {
    name: 'dead code',
    command: [bin('knip', 'knip')],
    violation: { path: 'server/errors/planted.ts', text: 'export const planted = 1;\n' },
  },
];

function bin(packageName, name) {
  const manifest = join(require.resolve('typescript/package.json'), '..', '..', packageName, 'package.json');
  const { bin: bins } = require(manifest);
  return join(manifest, '..', typeof bins === 'string' ? bins : bins[name]);
}
