// What a subscriber takes of the server's memory while nothing happens, and how long one message is on its way to the last.
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSeconds, residentMiB } from '../support/process-stats.mjs';
import { median } from '../support/statistics.mjs';
import { shown } from '../support/table.mjs';

const MESSAGES = 5;
const ONE_AT_ONCE = 1000;

/**
 * Measures a server that has just started.
 *
 * @param settle - seconds in which Node gives back what starting and connecting took
 * @returns memory in MiB and KiB, seconds of CPU, milliseconds, and what went wrong
 */
export async function measureIdle(server, { idle, settle }) {
  await sleep(settle * 1000);
  const empty = residentMiB(server.pid);
  const began = performance.now();
  const followers = await server.subscribe({ subscribers: idle, sampleEvery: 0 });
  const connecting = (performance.now() - began) / 1000;
  await sleep(settle * 1000);
  const [memory, cpu] = [residentMiB(server.pid), cpuSeconds(server.pid)];
  await sleep(settle * 1000);
  const idleShare = (cpuSeconds(server.pid) - cpu) / settle;
  // Not before: a connection that says nothing is closed.
  const sender = await server.startSender();
  const waits = [];
  let failures = 0;
  for (let count = 0; count < MESSAGES; count += 1) {
    await followers.ask('begin');
    const sent = await sender.ask('send', { messages: 1, perSecond: ONE_AT_ONCE });
    const seen = await followers.ask('until', { count: 1 });
    waits.push((seen.lastAt - sent.beganAt) / 1000);
    failures = seen.failures + sent.failures;
  }
  const loaded = residentMiB(server.pid);
  await Promise.all([followers.stop(), sender.stop()]);
  return {
    empty,
    memory,
    perSubscriber: ((memory - empty) / idle) * 1024,
    perConnected: connecting,
    idlePercent: idleShare * 100,
    first: waits[0],
    last: median(waits),
    loaded,
    failures,
  };
}

/** The columns of the table. @param ofBaseline - the row that a row is compared with */
export function idleColumns(ofBaseline) {
  const ratio = (row, key) => shown(row[key] / ofBaseline(row)[key], 2);
  return [
    ['server', ({ name }) => name],
    ['idle subscribers', ({ idle }) => String(idle)],
    ['MiB without', ({ empty }) => shown(empty)],
    ['MiB with', ({ memory }) => shown(memory)],
    ['KiB a subscriber', ({ perSubscriber }) => shown(perSubscriber, 1)],
    ['to bare ws', (row) => ratio(row, 'perSubscriber')],
    ['s to connect them', ({ perConnected }) => shown(perConnected, 1)],
    ['% of a core while idle', ({ idlePercent }) => shown(idlePercent, 1)],
    ['ms until the last has one message', ({ last }) => shown(last)],
    ['to bare ws', (row) => ratio(row, 'last')],
    ['the very first', ({ first }) => shown(first)],
    ['MiB after messages', ({ loaded }) => shown(loaded)],
    ['failures', ({ failures }) => String(failures)],
  ];
}
