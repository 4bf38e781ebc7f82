// Measures POST /v1/messages with NDJSON, durable and authenticated, against bare node:http that only counts lines.
// Usage: npm run bench -- bulk [--seconds 4] [--rounds 3] [--batches 100,1000,10000,0] [--connections 1,4,16] [--dir DIR]
// A batch of 0 lines is one endless stream for each connection.
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { LINE } from './support/bulk-lines.mjs';
import { countRecords } from './support/dump-records.mjs';
import { readOptions } from './support/options.mjs';
import { prepareData } from './support/prepared-data.mjs';
import { peakMiB } from './support/process-stats.mjs';
import { runLoad, startGatherd, startServer } from './support/processes.mjs';
import { alternate } from './support/rounds.mjs';
import { printMachine, printTable, shown } from './support/table.mjs';
import { openWorkspace } from './support/workspace.mjs';

const BASELINE = fileURLToPath(import.meta.resolve('./servers/counting-lines.mjs'));
const LOAD = fileURLToPath(import.meta.resolve('./loads/bulk-load.mjs'));

const options = readOptions({
  seconds: 4,
  warmup: 1,
  rounds: 3,
  batches: [100, 1000, 10_000, 0],
  connections: [1, 4, 16],
  dir: undefined,
});
const workspace = openWorkspace(options.dir);
const data = await prepareData(workspace);
const cases = options.batches.flatMap((lines) =>
  options.connections.flatMap((connections) => [
    { lines, connections, isBaseline: true, name: 'counting lines' },
    { lines, connections, isNumbered: false, name: 'gatherd' },
    { lines, connections, isNumbered: true, name: 'gatherd, numbered' },
  ]),
);
const results = await alternate(cases, options.rounds, (each) =>
  each.isBaseline ? runBaseline(each) : runGatherd(each),
);
print(cases.map((each, index) => ({ ...each, ...results[index] })));

async function runBaseline(each) {
  const server = await startServer([BASELINE]);
  const result = await load(server, { ...each, isNumbered: false });
  await server.stop();
  return result;
}

// A server and a dump of its own, so that its peak of memory and its records are of this load alone.
async function runGatherd(each) {
  const dataDir = await data.copy('run');
  const server = await startGatherd(dataDir);
  const result = await load(server, each);
  await server.stop();
  const records = await countRecords(dataDir);
  await rm(dataDir, { recursive: true });
  return { ...result, failures: result.failures + complain(each, result.acknowledged, records) };
}

async function load(server, { lines, connections, isNumbered }) {
  const { seconds, warmup } = options;
  const result = await runLoad(LOAD, {
    ...{ port: server.port, pid: server.pid, token: data.token },
    ...{ lines, connections, isNumbered, seconds, warmUpSeconds: warmup },
  });
  return { ...result, peakMiB: peakMiB(server.pid) };
}

// Everything was answered, so that exactly what was acknowledged has to be there.
function complain({ name, lines, connections }, acknowledged, records) {
  if (records === acknowledged) return 0;
  const run = `${name}, ${String(lines)} lines, ${String(connections)} connections`;
  process.stdout.write(
    `FAILED: ${run}: ${String(acknowledged)} acknowledged, ${String(records)} in the dump\n`,
  );
  return Math.abs(records - acknowledged);
}

function print(rows) {
  const baselineOf = ({ lines, connections }) =>
    rows.find((row) => row.isBaseline && row.lines === lines && row.connections === connections);
  printMachine(workspace);
  printTable(
    [
      ['server', ({ name }) => name],
      ['lines a request', ({ lines }) => (lines === 0 ? 'endless' : String(lines))],
      ['connections', ({ connections }) => String(connections)],
      ['messages/s', ({ perSecond }) => shown(perSecond)],
      ['MB/s', ({ perSecond }) => shown((perSecond * LINE.length) / 1e6)],
      ['to counting', (row) => shown(row.perSecond / baselineOf(row).perSecond, 2)],
      ['p50 ms', ({ p50 }) => shown(p50, 2)],
      ['p99 ms', ({ p99 }) => shown(p99, 2)],
      ['server CPU s a million', ({ cpuPerMillion }) => shown(cpuPerMillion, 2)],
      ['peak MiB', ({ peakMiB: peak }) => shown(peak)],
      ['failures', ({ failures }) => String(failures)],
    ],
    rows,
  );
}
