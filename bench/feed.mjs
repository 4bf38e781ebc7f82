// Measures the live feed over WebSockets against a bare ws server that sends on what it is sent: fan-out, idle subscribers, and
// what subscribers take of MESSAGE's own throughput.
// Usage: npm run bench -- feed [--parts fan-out,idle,throughput] [--subscribers 100,1000] [--rate 1000] [--seconds 3]
//   [--rounds 3] [--idle 10000] [--settle 10] [--followers 100] [--connections 64] [--dir DIR]
import { startBareWs, prepareFeedData, startFeed } from './feed/feed-loads.mjs';
import { fanOutColumns, measureFanOut } from './feed/fan-out.mjs';
import { idleColumns, measureIdle } from './feed/idle.mjs';
import { measureThroughput, throughputColumns } from './feed/throughput.mjs';
import { countRecords } from './support/dump-records.mjs';
import { readOptions } from './support/options.mjs';
import { alternate } from './support/rounds.mjs';
import { printMachine, printTable } from './support/table.mjs';
import { openWorkspace } from './support/workspace.mjs';

const PARTS = { 'fan-out': fanOut, idle, throughput };
const BASELINE = 'bare ws, nothing stored';
const FEED = 'gatherd, durable';

const options = readOptions({
  parts: Object.keys(PARTS),
  subscribers: [100, 1000],
  rate: 1000,
  seconds: 3,
  warmup: 1,
  rounds: 3,
  idle: 10_000,
  settle: 10,
  followers: 100,
  connections: 64,
  dir: undefined,
});
const workspace = openWorkspace(options.dir);
const data = await prepareFeedData(workspace);
printMachine(workspace);
for (const part of options.parts) {
  process.stdout.write(`### ${part}\n\n`);
  await PARTS[part]();
  process.stdout.write('\n');
}

async function fanOut() {
  const { subscribers: sizes, rate, rounds } = options;
  const dataDir = await data.copy('fan-out');
  const [bare, feed] = [await startBareWs(), await startFeed(dataDir, data.token)];
  const cases = sizes.flatMap((subscribers) => [
    { name: BASELINE, server: bare, subscribers, rate },
    { name: FEED, server: feed, subscribers, rate },
  ]);
  let sent = 0;
  const results = await alternate(cases, rounds, async ({ server, subscribers }) => {
    const result = await measureFanOut(server, { ...options, subscribers });
    if (server === feed) sent += result.messages;
    return result;
  });
  await Promise.all([bare.stop(), feed.stop()]);
  const rows = withResults(cases, results);
  const ofBaseline = ({ subscribers }) =>
    rows.find((row) => row.server === bare && row.subscribers === subscribers);
  printTable(fanOutColumns(ofBaseline), rows);
  await checkDump(dataDir, sent);
}

async function idle() {
  const cases = [
    { name: BASELINE, idle: options.idle, start: startBareWs },
    { name: FEED, idle: options.idle, start: startIdleFeed },
  ];
  // Each a server of its own: what it has given to the first subscribers it would not give back to the system.
  const results = await alternate(cases, options.rounds, async ({ start }, round) => {
    const server = await start(round);
    const result = await measureIdle(server, options);
    await server.stop();
    return result;
  });
  const rows = withResults(cases, results);
  printTable(
    idleColumns(() => rows[0]),
    rows,
  );
}

async function startIdleFeed(round) {
  return startFeed(await data.copy(`idle-${String(round)}`), data.token);
}

async function throughput() {
  const { followers, rounds } = options;
  const dataDir = await data.copy('throughput');
  const server = await startFeed(dataDir, data.token);
  const nobody = { followers: 0, matching: true };
  const cases = [
    { ...nobody, name: 'MESSAGE alone' },
    { name: 'subscribers of the topic chat', followers, query: '?topic=chat', matching: false },
    { name: 'subscribers of everything', followers, matching: true },
    // How much of that is this: subscribers share the cores.
    { ...nobody, name: 'alone, beside a process as busy as those subscribers', isBusy: true },
  ];
  let acknowledged = 0;
  let busyShare = 0;
  const results = await alternate(cases, rounds, async (each) => {
    const share = each.isBusy === true ? Math.min(1, busyShare) : 0;
    const result = await measureThroughput(
      server,
      { ...options, token: data.token },
      { ...each, busyShare: share },
    );
    busyShare = result.followersShare;
    acknowledged += result.acknowledged;
    return result;
  });
  await server.stop();
  const rows = withResults(cases, results);
  printTable(throughputColumns(rows[0]), rows);
  await checkDump(dataDir, acknowledged);
}

function withResults(cases, results) {
  return cases.map((each, index) => ({ ...each, ...results[index] }));
}

async function checkDump(dataDir, sent) {
  const records = await countRecords(dataDir);
  if (records !== sent)
    process.stdout.write(`\nFAILED: ${String(sent)} acknowledged, ${String(records)} in the dump\n`);
}
