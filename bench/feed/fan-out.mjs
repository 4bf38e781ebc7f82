// Every message to every subscriber, at a fixed rate of messages: how many deliveries a second, how late, and for how much
// of the server's processor.
import { cpuSeconds, residentMiB } from '../support/process-stats.mjs';
import { shown } from '../support/table.mjs';

/** Not a divisor of anything: so the samples are of all subscribers. */
const SAMPLE_EVERY = 101;
const WARM_UP_SECONDS = 1;
const WARM_UP_SHARE = 0.1;

/**
 * Measures one size at one server.
 *
 * @returns deliveries a second from the first message to the last delivery, latencies from when a message was due in
 *   milliseconds, CPU in milliseconds per 1,000 deliveries, and what went wrong
 */
export async function measureFanOut(server, { subscribers, rate, seconds }) {
  const followers = await server.subscribe({ subscribers, sampleEvery: SAMPLE_EVERY });
  const sender = await server.startSender();
  await sendAll({ followers, sender, rate: rate * WARM_UP_SHARE, seconds: WARM_UP_SECONDS });
  const pids = [server.pid, followers.pid, sender.pid];
  const before = pids.map(cpuSeconds);
  const { sent, seen } = await sendAll({ followers, sender, rate, seconds });
  const [serverCpu, followersCpu, senderCpu] = pids.map((pid, index) => cpuSeconds(pid) - before[index]);
  const memory = residentMiB(server.pid);
  await Promise.all([followers.stop(), sender.stop()]);
  const elapsed = (seen.lastAt - sent.beganAt) / 1e6;
  const thousands = seen.deliveries / 1000;
  return {
    perSecond: seen.deliveries / elapsed,
    elapsed,
    sentPerSecond: sent.sentPerSecond,
    ackP99: sent.ackP99 ?? Number.NaN,
    p50: seen.p50,
    p99: seen.p99,
    most: seen.most,
    cpuMs: (serverCpu / thousands) * 1000,
    subscribersCpuMs: (followersCpu / thousands) * 1000,
    serverShare: serverCpu / elapsed,
    subscribersShare: followersCpu / elapsed,
    senderShare: senderCpu / elapsed,
    memory,
    bytesEach: seen.bytesEach,
    messages: Math.round(rate * seconds) + Math.round(rate * WARM_UP_SHARE * WARM_UP_SECONDS),
    fromMicros: sent.beganAt,
    toMicros: seen.lastAt,
    failures: seen.failures + sent.failures,
  };
}

async function sendAll({ followers, sender, rate, seconds }) {
  const messages = Math.round(rate * seconds);
  await followers.ask('begin');
  const sent = await sender.ask('send', { messages, perSecond: rate });
  const seen = await followers.ask('until', { count: messages });
  return { sent, seen };
}

/** The columns of the table. @param ofBaseline - the row that a row is compared with */
export function fanOutColumns(ofBaseline) {
  const ratio = (row, key) => shown(row[key] / ofBaseline(row)[key], 2);
  return [
    ['server', ({ name }) => name],
    ['subscribers', ({ subscribers }) => String(subscribers)],
    ['messages/s', ({ rate }) => String(rate)],
    ['deliveries/s', ({ perSecond }) => shown(perSecond)],
    ['to bare ws', (row) => ratio(row, 'perSecond')],
    ['p50 ms', ({ p50 }) => shown(p50, 1)],
    ['p99 ms', ({ p99 }) => shown(p99, 1)],
    ['max ms', ({ most }) => shown(most, 1)],
    ['p99 to bare ws', (row) => ratio(row, 'p99')],
    ['server CPU ms per 1,000', ({ cpuMs }) => shown(cpuMs, 2)],
    ['CPU to bare ws', (row) => ratio(row, 'cpuMs')],
    ['cores server / subscribers / sender', coresOf],
    ['answer p99 ms', ({ ackP99 }) => shown(ackP99, 1)],
    ['server MiB', ({ memory }) => shown(memory)],
    ['bytes each', ({ bytesEach }) => shown(bytesEach)],
    ['failures', ({ failures }) => String(failures)],
  ];
}

function coresOf({ serverShare, subscribersShare, senderShare }) {
  return [serverShare, subscribersShare, senderShare].map((share) => shown(share, 2)).join(' / ');
}
