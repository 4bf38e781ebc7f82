// What live subscribers take of MESSAGE's own throughput.
import { fileURLToPath } from 'node:url';
import { cpuSeconds } from '../support/process-stats.mjs';
import { runLoad, startLoad } from '../support/processes.mjs';
import { shown } from '../support/table.mjs';

const MESSAGES = fileURLToPath(import.meta.resolve('../loads/single-load.mjs'));
const BUSY = fileURLToPath(import.meta.resolve('../loads/busy.mjs'));
const SAMPLE_EVERY = 10_007;
const PATIENCE_SECONDS = 60;

/**
 * Measures MESSAGE as fast as it goes, while subscribers follow.
 *
 * @param each - followers, the query with which they follow, the share of them that the messages match, and `busyShare`,
 *   of a core, that a process takes which has nothing to do with the server
 * @returns messages a second and the CPU of each process, in cores
 */
export async function measureThroughput(server, { token, connections, seconds, warmup }, each) {
  const { followers: subscribers, query, matching, busyShare = 0 } = each;
  const followers = await server.subscribe({ subscribers, sampleEvery: SAMPLE_EVERY }, query);
  const busy = busyShare > 0 ? await startLoad(BUSY, { share: busyShare }) : undefined;
  await followers.ask('begin');
  const body = JSON.stringify({ message_type: 'MESSAGE', token, message: `0 ${'x'.repeat(98)}` });
  const { port, pid } = server;
  const pids = [pid, followers.pid];
  const [before, began] = [pids.map(cpuSeconds), performance.now()];
  const load = { port, pid, connections, seconds, warmUpSeconds: warmup, body };
  const sent = await runLoad(MESSAGES, load);
  const loaded = (performance.now() - began) / 1000;
  const [serverCpu, followersCpu] = pids.map((each, index) => cpuSeconds(each) - before[index]);
  const count = matching ? sent.acknowledged : 0;
  const seen = await followers.ask('until', { count, patienceSeconds: PATIENCE_SECONDS });
  const drained = (performance.now() - began) / 1000;
  await Promise.all([followers.stop(), busy?.stop()]);
  return {
    perSecond: sent.perSecond,
    p50: sent.p50,
    p99: sent.p99,
    cpuPerMillion: sent.cpuPerMillion,
    serverShare: serverCpu / loaded,
    followersShare: followersCpu / loaded,
    deliveriesPerSecond: seen.deliveries / drained,
    behind: drained - loaded,
    acknowledged: sent.acknowledged,
    failures: sent.failures + seen.failures,
  };
}

/** The columns of the table. @param alone - the row that the others are compared with */
export function throughputColumns(alone) {
  return [
    ['load', ({ name }) => name],
    ['messages/s', ({ perSecond }) => shown(perSecond)],
    ['to alone', ({ perSecond }) => shown(perSecond / alone.perSecond, 2)],
    ['p50 ms', ({ p50 }) => shown(p50, 2)],
    ['p99 ms', ({ p99 }) => shown(p99, 2)],
    ['server CPU s a million', ({ cpuPerMillion }) => shown(cpuPerMillion, 1)],
    ['to alone', ({ cpuPerMillion }) => shown(cpuPerMillion / alone.cpuPerMillion, 2)],
    ['cores of the server', ({ serverShare }) => shown(serverShare, 2)],
    ['cores of the subscribers', ({ followersShare }) => shown(followersShare, 2)],
    ['deliveries/s', ({ deliveriesPerSecond }) => shown(deliveriesPerSecond)],
    ['s until the last had all', ({ behind }) => shown(behind, 1)],
    ['failures', ({ failures }) => String(failures)],
  ];
}
