import { argv } from 'node:process';
import { Manifest } from '../../dump/sealing/manifest.js';
import { Sealer } from '../../dump/sealing/sealer.js';
import { QUIET } from './segment-files.js';

// A process that does nothing but seal a dump: to be killed at any moment.
const [, , dumpPath = '', workerPath = '', keptBytes = '0'] = argv;
const sealer = new Sealer({
  dumpPath,
  manifest: await Manifest.open(dumpPath, QUIET),
  compression: 'gzip',
  retention: { ageMs: 0, bytes: Number(keptBytes) },
  workerPath,
  clock: () => new Date('2026-11-22T00:00:00.000Z'),
  logger: QUIET,
});
sealer.wake();
await sealer.idle();
await sealer[Symbol.asyncDispose]();
