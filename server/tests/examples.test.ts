import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GatewaysRig } from './support/gateways-rig.js';

const run = promisify(execFile);
const exampleAt = (name: string) => fileURLToPath(new URL(`../../docs/examples/${name}`, import.meta.url));
// What a distribution packages for its own Python is not there for another one in front of it.
const python = ['python3', '/usr/bin/python3'].find(
  (name) => spawnSync(name, ['-c', 'import zmq']).status === 0,
);

const SAID = [
  'User created successfully',
  'Logged in',
  'City: Twin Peaks',
  'City: Seattle',
  'Logged out successfully',
];

let gateways: GatewaysRig;

beforeAll(async () => {
  gateways = await GatewaysRig.open();
});

afterAll(async () => {
  await gateways[Symbol.asyncDispose]();
});

test('the example in TypeScript makes, reads and changes a user', async () => {
  // Beside the packages that it imports.
  const folder = await mkdtemp(fileURLToPath(new URL('../../node_modules/.example-', import.meta.url)));
  try {
    const outfile = join(folder, 'users-service.mjs');
    await build({ entryPoints: [exampleAt('users-service.ts')], outfile, format: 'esm', logLevel: 'silent' });
    const { stdout } = await run(process.execPath, [outfile, gateways.address('zmq'), 'audrey']);
    expect(stdout.trim().split('\n')).toEqual(SAID);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.skipIf(python === undefined)(
  'the example in Python does the same (skipped without python3 and pyzmq)',
  async () => {
    const { stdout } = await run(python ?? '', [
      exampleAt('users_service.py'),
      gateways.address('zmq'),
      'laura',
    ]);
    expect(stdout.trim().split(/\r?\n/)).toEqual(SAID);
  },
);
