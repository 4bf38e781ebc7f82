// Runs a program of node_modules/.bin with more environment, the same on every platform.
// Usage: node scripts/run-with-env.mjs NAME=VALUE... PROGRAM ARGUMENT...
import { spawnSync } from 'node:child_process';

const words = process.argv.slice(2);
const count = words.findIndex((word) => !word.includes('='));
const env = Object.fromEntries(words.slice(0, count).map((word) => word.split(/=(.*)/s).slice(0, 2)));
const [program, ...args] = words.slice(count);
const { status } = spawnSync(program, args, {
  stdio: 'inherit',
  shell: true,
  env: { ...process.env, ...env },
});
process.exitCode = status ?? 1;
