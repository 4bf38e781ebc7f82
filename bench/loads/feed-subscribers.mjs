// Subscribers of the feed, a process of their own. Options, as JSON: port, path, headers, greets (see Subscriber), subscribers,
// and sampleEvery (of so many deliveries one is looked at for how long it took; 0 is none).
// It is ready when all are connected. Asked for: begin (count from now on), until (resolves when each has had `count`
// records, or nothing has come for `patienceSeconds`).
import { setTimeout as sleep } from 'node:timers/promises';
import { answerRequests } from '../support/asked.mjs';
import { machineMicros } from '../support/machine-clock.mjs';
import { quantile } from '../support/statistics.mjs';
import { Subscriber } from './feed-subscriber.mjs';

/** So many connect at once; there are about 28,000 ports to an address. */
const AT_ONCE = 100;
const PER_ADDRESS = 20_000;
const LOOK_EVERY_MS = 5;

const options = JSON.parse(process.argv[2]);
const { sampleEvery, subscribers: wanted } = options;
const subscribers = [];
let deliveries = 0;
let bytesDelivered = 0;
let untilSample = sampleEvery;
let deliveriesRead = 0;
let lastAt = 0;
let latencies = [];
let hasFailed = false;

while (subscribers.length < wanted) {
  const now = Math.min(AT_ONCE, wanted - subscribers.length);
  const batch = Array.from({ length: now }, (_, index) => open(subscribers.length + index));
  subscribers.push(...batch);
  await Promise.all(batch.map(({ opened }) => opened));
  if (batch.some(({ failures }) => failures > 0)) throw new Error('a subscriber was refused');
}
answerRequests({ begin, until });

function open(index) {
  const localAddress = `127.0.0.${String(1 + Math.floor(index / PER_ADDRESS))}`;
  return new Subscriber({ ...options, localAddress }, { onRecord, onRead, onFailure });
}

function onRecord(bytes, begin, end) {
  deliveries += 1;
  bytesDelivered += end - begin;
  untilSample -= 1;
  if (untilSample !== 0) return;
  untilSample = sampleEvery;
  const { record } = JSON.parse(bytes.utf8Slice(begin, end));
  latencies.push((machineMicros() - Number.parseFloat(record.message)) / 1000);
}

function onRead() {
  if (deliveries === deliveriesRead) return;
  deliveriesRead = deliveries;
  lastAt = machineMicros();
}

// One says enough: what happens to one often happens to all.
function onFailure(what) {
  if (!hasFailed) process.stderr.write(`subscriber: ${what}\n`);
  hasFailed = true;
}

function begin() {
  [deliveries, deliveriesRead, bytesDelivered, lastAt, latencies] = [0, 0, 0, machineMicros(), []];
  for (const each of subscribers) each.count = 0;
}

async function until({ count, patienceSeconds = 30 }) {
  const isMissing = () => subscribers.some((each) => each.count < count);
  let [seen, since] = [-1, performance.now()];
  while (isMissing() && performance.now() - since < patienceSeconds * 1000) {
    if (deliveries !== seen) [seen, since] = [deliveries, performance.now()];
    await sleep(LOOK_EVERY_MS);
  }
  const wrong = subscribers.reduce((sum, { failures }) => sum + failures, 0);
  const miscounted = subscribers.filter((each) => each.count !== count).length;
  if (miscounted > 0) process.stderr.write(`${String(miscounted)} subscribers had not ${String(count)}\n`);
  return {
    deliveries,
    lastAt,
    bytesEach: bytesDelivered / deliveries,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    most: quantile(latencies, 1),
    failures: wrong + miscounted,
  };
}
