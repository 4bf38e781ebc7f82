// Proves that each check of `npm run check` can fail: plants a violation, runs the check, expects it to refuse.
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { CHECKS } from './checks.mjs';

for (const { name, command, violation } of CHECKS) {
  writeFileSync(violation.path, violation.text);
  try {
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
    const hasFound = status !== 0 && `${stdout}${stderr}`.includes('planted');
    process.stdout.write(`${name}: ${hasFound ? 'finds' : 'DOES NOT FIND'} a planted violation\n`);
    if (!hasFound) process.exitCode = 1;
  } finally {
    rmSync(violation.path);
  }
}
