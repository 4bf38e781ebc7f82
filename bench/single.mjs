// Measures MESSAGE of contract 1, durable and authenticated, over HTTP and HTTPS, against bare Express and against bare node:http.
// Usage: npm run bench -- single [--seconds 5] [--rounds 3] [--connections 1,16,64,256] [--settle 30] [--dir DIR]
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { countRecords } from './support/dump-records.mjs';
import { readOptions } from './support/options.mjs';
import { prepareData } from './support/prepared-data.mjs';
import { peakMiB, residentMiB } from './support/process-stats.mjs';
import { runLoad, startGatherd, startServer } from './support/processes.mjs';
import { alternate } from './support/rounds.mjs';
import { printMachine, printTable, shown } from './support/table.mjs';
import { openWorkspace } from './support/workspace.mjs';

const EXPRESS = fileURLToPath(import.meta.resolve('./servers/bare-express.mjs'));
const HTTP = fileURLToPath(import.meta.resolve('./servers/bare-http.mjs'));
const LOAD = fileURLToPath(import.meta.resolve('./loads/single-load.mjs'));
const CERT = fileURLToPath(new URL('../server/tests/support/tls/cert.pem', import.meta.url));
const KEY = fileURLToPath(new URL('../server/tests/support/tls/key.pem', import.meta.url));
const ca = readFileSync(CERT, 'utf8');
const MESSAGE = 'x'.repeat(100);

const options = readOptions({
  seconds: 5,
  warmup: 1,
  rounds: 3,
  connections: [1, 16, 64, 256],
  // Node gives back what starting up took after some seconds without work.
  settle: 30,
  dir: undefined,
});
const workspace = openWorkspace(options.dir);
const data = await prepareData(workspace);
const dataDir = await data.copy('run');
const secureDir = await data.copy('secure-run');
const [express, http, gatherd, secure] = [
  await startServer([EXPRESS]),
  await startServer([HTTP]),
  await startGatherd(dataDir),
  await startGatherd(secureDir, [], { GATHERD_TLS_CERT: CERT, GATHERD_TLS_KEY: KEY }),
];
await sleep(options.settle * 1000);
const idleMiB = residentMiB(gatherd.pid);
const body = JSON.stringify({ message_type: 'MESSAGE', token: data.token, message: MESSAGE });
const cases = options.connections.flatMap((connections) => [
  { name: 'bare Express, express.json(), nothing stored', server: express, connections },
  { name: 'bare node:http, JSON.parse, nothing stored', server: http, connections },
  { name: 'gatherd MESSAGE, durable', server: gatherd, connections },
  { name: 'gatherd MESSAGE, durable, HTTPS', server: secure, connections },
]);
let acknowledged = 0;
const results = await alternate(cases, options.rounds, run);
const [memory, peak] = [residentMiB(gatherd.pid), peakMiB(gatherd.pid)];
await Promise.all([gatherd.stop(), secure.stop()]);
print(cases.map((each, index) => ({ ...each, ...results[index] })));
const records = (await countRecords(dataDir)) + (await countRecords(secureDir));
process.stdout.write(
  `\nResident memory of gatherd: ${shown(idleMiB)} MiB idle, ${shown(memory)} MiB after the load, ${shown(peak)} MiB at most.\n`,
);
if (records !== acknowledged)
  process.stdout.write(`FAILED: ${String(acknowledged)} acknowledged, ${String(records)} in the dump\n`);
await Promise.all([express.stop(), http.stop()]);

async function run({ server, connections }) {
  const { seconds, warmup } = options;
  const { port, pid } = server;
  const load = { port, pid, connections, seconds, warmUpSeconds: warmup, body };
  const result = await runLoad(LOAD, server === secure ? { ...load, ca } : load);
  if (server === gatherd || server === secure) acknowledged += result.acknowledged;
  return result;
}

function print(rows) {
  const ratio = (row, to) => {
    const baseline = rows.find(({ server, connections }) => server === to && connections === row.connections);
    return shown(row.perSecond / baseline.perSecond, 2);
  };
  printMachine(workspace);
  printTable(
    [
      ['server', ({ name }) => name],
      ['connections', ({ connections }) => String(connections)],
      ['messages/s', ({ perSecond }) => shown(perSecond)],
      ['p50 ms', ({ p50 }) => shown(p50, 2)],
      ['p99 ms', ({ p99 }) => shown(p99, 2)],
      ['server CPU s a million', ({ cpuPerMillion }) => shown(cpuPerMillion, 1)],
      ['to bare Express', (row) => ratio(row, express)],
      ['to bare node:http', (row) => ratio(row, http)],
      ['failures', ({ failures }) => String(failures)],
    ],
    rows,
  );
}
