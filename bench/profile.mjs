// Shows where the server's time goes under a load: the functions, or files, by their own time on the main thread.
// Usage: npm run bench -- profile [--load bulk|single] [--by function|file] [--top 30] [--seconds 5] [--connections 4]
//   [--lines 1000 (0 is an endless stream)] [--numbered 0|1] [--dir DIR] [--keep DIR (for the .cpuprofile itself)]
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readProfile, selfTimes } from './support/cpu-profile.mjs';
import { readOptions } from './support/options.mjs';
import { prepareData } from './support/prepared-data.mjs';
import { runLoad, startGatherd } from './support/processes.mjs';
import { sourcePlaceOf } from './support/source-places.mjs';
import { printMachine, printTable, shown } from './support/table.mjs';
import { openWorkspace } from './support/workspace.mjs';

const LOADS = {
  bulk: fileURLToPath(import.meta.resolve('./loads/bulk-load.mjs')),
  single: fileURLToPath(import.meta.resolve('./loads/single-load.mjs')),
};
const ROOT = new URL('..', import.meta.url).href;
const SAMPLE_EVERY_MICROS = 1000;

const options = readOptions({
  load: 'bulk',
  by: 'function',
  top: 30,
  seconds: 5,
  connections: 4,
  lines: 1000,
  numbered: 0,
  dir: undefined,
  keep: undefined,
});
const workspace = openWorkspace(options.dir);
const profileDir = join(workspace, 'profile');
await mkdir(profileDir);
const data = await prepareData(workspace);
const server = await startGatherd(await data.copy('run'), [
  '--cpu-prof',
  `--cpu-prof-dir=${profileDir}`,
  `--cpu-prof-interval=${String(SAMPLE_EVERY_MICROS)}`,
]);
const result = await runLoad(LOADS[options.load], {
  ...{ port: server.port, pid: server.pid, token: data.token, connections: options.connections },
  ...{ lines: options.lines, isNumbered: options.numbered === 1, seconds: options.seconds, warmUpSeconds: 1 },
  body: JSON.stringify({ message_type: 'MESSAGE', token: data.token, message: 'x'.repeat(100) }),
});
await server.stop();
if (options.keep !== undefined) await cp(profileDir, options.keep, { recursive: true });
print(await readProfile(profileDir));

function print(profile) {
  const { busyShare, shares } = selfTimes(profile, result, options.by === 'file' ? fileOf : functionOf);
  printMachine(workspace);
  process.stdout.write(
    `${shown(result.perSecond)} messages/s under the profiler; the main thread was busy ${shown(busyShare * 100)} % of the time.\n\n`,
  );
  printTable(
    [
      [options.by, ({ key }) => key],
      ['own time %', ({ share }) => shown(share * 100, 1)],
      ['ns a message', ({ micros }) => shown((micros * 1000) / (result.perSecond * options.seconds))],
    ],
    shares.slice(0, options.top),
  );
}

function functionOf(callFrame) {
  const { functionName } = callFrame;
  const file = fileOf(callFrame);
  const name = functionName === '' ? '(anonymous)' : functionName;
  return file === '' ? name : `${name} ${file}:${String(sourcePlaceOf(callFrame).line)}`;
}

// What V8 counts for itself, garbage collection for one, has no file.
function fileOf(callFrame) {
  const { url } = sourcePlaceOf(callFrame);
  if (url === '') return options.by === 'file' ? callFrame.functionName : '';
  return url.startsWith(ROOT) ? url.slice(ROOT.length) : url.replace(/^.*\/node_modules\//, '');
}
