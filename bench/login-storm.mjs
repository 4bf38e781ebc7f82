// Measures how long a MESSAGE takes while everybody logs in at once, against how long it takes otherwise.
// Usage: npm run bench -- login-storm [--rate 500] [--connections 16] [--logins 64] [--users 32] [--seconds 5]
//   [--rounds 7] [--dir DIR]
import { fileURLToPath } from 'node:url';
import { countRecords } from './support/dump-records.mjs';
import { readOptions } from './support/options.mjs';
import { authenticate, prepareData } from './support/prepared-data.mjs';
import { peakMiB } from './support/process-stats.mjs';
import { runLoad, startGatherd } from './support/processes.mjs';
import { alternate } from './support/rounds.mjs';
import { printMachine, printTable, shown } from './support/table.mjs';
import { openWorkspace } from './support/workspace.mjs';

const MESSAGES = fileURLToPath(import.meta.resolve('./loads/paced-load.mjs'));
const LOGINS = fileURLToPath(import.meta.resolve('./loads/login-load.mjs'));

const options = readOptions({
  rate: 500,
  connections: 16,
  logins: 64,
  users: 32,
  seconds: 5,
  warmup: 1,
  rounds: 7,
  dir: undefined,
});
const workspace = openWorkspace(options.dir);
const data = await prepareData(workspace);
const dataDir = await data.copy('run');
const server = await startGatherd(dataDir);
const users = Array.from({ length: options.users }, (_, index) => userOf(index));
for (const user of users) await authenticate(server.port, user);
const cases = [
  { name: 'MESSAGE alone', kinds: [] },
  { name: 'in a storm of wrong passwords', kinds: [false] },
  { name: 'in a storm of right and wrong ones', kinds: [true, false] },
];
let acknowledged = 0;
const results = await alternate(cases, options.rounds, run);
const peak = peakMiB(server.pid);
await server.stop();
print(cases.map((each, index) => ({ ...each, ...results[index] })));
process.stdout.write(`\nPeak memory of gatherd: ${shown(peak)} MiB.\n`);
const records = await countRecords(dataDir);
if (records !== acknowledged)
  process.stdout.write(`FAILED: ${String(acknowledged)} acknowledged, ${String(records)} in the dump\n`);

function userOf(index) {
  const name = `user-${String(index)}`;
  return { name, password: `the password of ${name}` };
}

async function run({ kinds }) {
  const { seconds, warmup, rate } = options;
  const common = { port: server.port, pid: server.pid, seconds, warmUpSeconds: warmup };
  const body = JSON.stringify({ message_type: 'MESSAGE', token: data.token, message: 'x'.repeat(100) });
  const load = { ...common, connections: options.connections, perSecond: rate, body };
  const [messages, logins] = await Promise.all([
    runLoad(MESSAGES, load),
    kinds.length === 0
      ? undefined
      : runLoad(LOGINS, { ...common, connections: options.logins, users, kinds }),
  ]);
  acknowledged += messages.acknowledged;
  return {
    perSecond: messages.perSecond,
    p50: messages.p50,
    p99: messages.p99,
    logins: logins?.perSecond ?? 0,
    loginP50: logins?.p50 ?? Number.NaN,
    failures: messages.failures + (logins?.failures ?? 0),
  };
}

function print(rows) {
  const [alone] = rows;
  printMachine(workspace);
  printTable(
    [
      ['load', ({ name }) => name],
      ['messages/s', ({ perSecond }) => shown(perSecond)],
      ['p50 ms', ({ p50 }) => shown(p50, 2)],
      ['p99 ms', ({ p99 }) => shown(p99, 2)],
      ['p50 to alone', ({ p50 }) => shown(p50 / alone.p50, 2)],
      ['p99 to alone', ({ p99 }) => shown(p99 / alone.p99, 2)],
      ['logins/s', ({ logins }) => shown(logins)],
      ['login p50 ms', ({ loginP50 }) => shown(loginP50)],
      ['failures', ({ failures }) => String(failures)],
    ],
    rows,
  );
}
