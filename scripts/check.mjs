// Everything that a machine can say about the code without running it. Each check runs, whatever the others say.
import { spawnSync } from 'node:child_process';
import { CHECKS } from './checks.mjs';

const failed = CHECKS.filter(({ name, command }) => {
  process.stdout.write(`\n== ${name}\n`);
  return spawnSync(process.execPath, command, { stdio: 'inherit' }).status !== 0;
});

if (failed.length > 0) {
  process.stdout.write(`\nFailed: ${failed.map(({ name }) => name).join(', ')}\n`);
  process.exitCode = 1;
} else process.stdout.write(`\nAll ${String(CHECKS.length)} checks passed.\n`);
