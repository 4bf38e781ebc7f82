// Proves that each check of `npm run check` can fail: plants violations, runs the check, expects it to name them all.
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { CHECKS } from './checks.mjs';

for (const { name, command, violations } of CHECKS) {
  for (const { path, text } of violations) writeFileSync(path, text);
  try {
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
    const output = `${stdout}${stderr}`.replaceAll('\\', '/');
    const missed = violations.filter(({ path }) => status === 0 || !output.includes(path));
    for (const { path } of violations)
      process.stdout.write(
        `${name}: ${missed.some((each) => each.path === path) ? 'DOES NOT FIND' : 'finds'} what is planted in ${path}\n`,
      );
    if (missed.length > 0) process.exitCode = 1;
  } finally {
    for (const { path } of violations) rmSync(path);
  }
}
