// Shows whether gatherd stays as fast and as small while its dump grows, with segments as they are by default: after each
// gigabyte how fast it was stored, what the server takes of memory, and how long a page of messages takes to read; at the
// beginning and the end how long a start takes. Usage: npm run bench -- growth [--gigabytes 20] [--connections 4] [--dir DIR]
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LINE } from './support/bulk-lines.mjs';
import { countRecords, dumpBytes } from './support/dump-records.mjs';
import { readOptions } from './support/options.mjs';
import { prepareData } from './support/prepared-data.mjs';
import { peakMiB, residentMiB } from './support/process-stats.mjs';
import { runLoad, startGatherd } from './support/processes.mjs';
import { median } from './support/statistics.mjs';
import { printMachine, printTable, shown } from './support/table.mjs';
import { openWorkspace } from './support/workspace.mjs';

const LOAD = fileURLToPath(import.meta.resolve('./loads/bulk-load.mjs'));
const GIGABYTE = 1e9;
/** A line of the request and what a numbered record has beside it, about. */
const RECORD_BYTES = LINE.length + 147;
const LEAVE_FREE_BYTES = 10 * GIGABYTE;
const PAGES_ASKED = 5;

const options = readOptions({ gigabytes: 20, connections: 4, dir: undefined });
const workspace = openWorkspace(options.dir);
const data = await prepareData(workspace);
const dataDir = join(workspace, 'run');
await data.copy('run');

let server = await startGatherd(dataDir);
const rows = [{ startMs: server.startMs, ...(await look()) }];
let acknowledged = 0;
for (let step = 1; step <= options.gigabytes && (await hasRoom()); step += 1) {
  process.stderr.write(`gigabyte ${String(step)} of ${String(options.gigabytes)}\n`);
  const { perSecond, p99, ...result } = await store();
  acknowledged += result.acknowledged;
  if (result.failures > 0) process.stdout.write(`FAILED: ${String(result.failures)} requests\n`);
  rows.push({ perSecond, p99, ...(await look()) });
}
const last = rows.at(-1);
await server.stop('SIGKILL');
server = await startGatherd(dataDir);
last.killedStartMs = server.startMs;
await server.stop();
server = await startGatherd(dataDir);
last.startMs = server.startMs;
await server.stop();
print();
const records = await countRecords(dataDir);
if (records !== acknowledged)
  process.stdout.write(`FAILED: ${String(acknowledged)} acknowledged, ${String(records)} in the dump\n`);

function store() {
  const { connections } = options;
  const messages = Math.ceil(GIGABYTE / RECORD_BYTES / connections);
  const { port, pid } = server;
  return runLoad(LOAD, { port, pid, token: data.token, lines: 0, isNumbered: true, connections, messages });
}

async function hasRoom() {
  const { bavail, bsize } = await statfs(workspace);
  const isEnough = bavail * bsize - GIGABYTE > LEAVE_FREE_BYTES;
  if (!isEnough) process.stderr.write('Less than 10 GB would be left on the disk: it ends here.\n');
  return isEnough;
}

async function look() {
  const [residentNow, peak] = [residentMiB(server.pid), peakMiB(server.pid)];
  const gigabytes = (await dumpBytes(dataDir)) / GIGABYTE;
  const [newestMs, oldestMs] = [await pageMs('newest'), await pageMs('oldest')];
  return { gigabytes, residentNow, peak, newestMs, oldestMs };
}

// NaN where the server has no such page.
async function pageMs(order) {
  const url = `http://127.0.0.1:${String(server.port)}/v1/messages?order=${order}&limit=100`;
  const times = [];
  for (let count = 0; count < PAGES_ASKED; count += 1) {
    const began = performance.now();
    const answer = await fetch(url, { headers: { Authorization: `Bearer ${data.token}` } });
    await answer.text();
    if (!answer.ok) return Number.NaN;
    times.push(performance.now() - began);
  }
  return median(times);
}

function print() {
  const first = rows[1]?.perSecond;
  const page = (ms) => (Number.isNaN(ms) ? 'not there' : shown(ms, 1));
  printMachine(workspace);
  printTable(
    [
      ['dump GB', ({ gigabytes }) => shown(gigabytes, 1)],
      ['messages/s', ({ perSecond }) => shown(perSecond)],
      ['to the first GB', ({ perSecond }) => shown(perSecond / first, 2)],
      ['p99 ms', ({ p99 }) => shown(p99)],
      ['resident MiB', ({ residentNow }) => shown(residentNow)],
      ['peak MiB', ({ peak }) => shown(peak)],
      ['newest page ms', ({ newestMs }) => page(newestMs)],
      ['oldest page ms', ({ oldestMs }) => page(oldestMs)],
      ['start ms', ({ startMs }) => shown(startMs)],
      ['start after kill -9 ms', ({ killedStartMs }) => shown(killedStartMs)],
    ],
    rows,
  );
}
