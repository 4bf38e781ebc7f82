// Sends messages to the feed at a fixed rate, a process of its own. Each begins with when it was due, by the machine's clock
// in microseconds. Options, as JSON: port, connections and token of a server that takes MESSAGE; port alone of one that
// sends on whatever a WebSocket says, which is then a frame of the same form. Asked for: send (`messages`, `perSecond`;
// resolves when all are answered, or handed to the socket).
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { answerRequests } from '../support/asked.mjs';
import { gatherRequest } from '../support/gather-request.mjs';
import { answerReader } from '../support/http-answers.mjs';
import { machineMicros } from '../support/machine-clock.mjs';
import { quantile } from '../support/statistics.mjs';

const MESSAGE_LENGTH = 100;

const options = JSON.parse(process.argv[2]);
const { port, token, connections } = options;
let latencies = [];
let failures = 0;
const sendDue = token === undefined ? await openWebSocket() : await openConnections();
answerRequests({ send });

async function send({ messages, perSecond }) {
  [latencies, failures] = [[], 0];
  const beganAt = machineMicros();
  const answers = [];
  while (answers.length < messages) {
    const wanted = Math.min(messages, ((machineMicros() - beganAt) / 1e6) * perSecond);
    while (answers.length < wanted) answers.push(sendDue(messageNow()));
    await sleep(1);
  }
  const paced = (machineMicros() - beganAt) / 1e6;
  await Promise.all(answers);
  const [p50, p99] = [quantile(latencies, 0.5), quantile(latencies, 0.99)];
  return { beganAt, sentPerSecond: messages / paced, ackP50: p50, ackP99: p99, failures };
}

function messageNow() {
  return `${machineMicros().toFixed(1)} `.padEnd(MESSAGE_LENGTH, 'x');
}

async function openWebSocket() {
  const socket = new WebSocket(`ws://127.0.0.1:${String(port)}`, { perMessageDeflate: false });
  await once(socket, 'open');
  let seq = 0;
  return (message) => {
    seq += 1;
    const text = frameOf(seq, message);
    return new Promise((resolve) => socket.send(text, resolve));
  };
}

// As gatherd sends it: what the baseline is compared with has the same bytes.
function frameOf(seq, message) {
  const record = {
    seq,
    at: new Date().toISOString(),
    user: 'bench',
    endpoint: '127.0.0.1',
    message,
  };
  return JSON.stringify({ type: 'record', record });
}

// Each takes the next message when its last one is answered: with enough of them none waits.
async function openConnections() {
  const due = [];
  const idle = [];
  await Promise.all(Array.from({ length: connections }, () => openConnection(due, idle)));
  return (message) =>
    new Promise((resolve) => {
      due.push({ message, resolve, dueAt: performance.now() });
      // The one that has been idle longest, so that none is so long enough to be closed.
      if (idle.length > 0) idle.shift()();
    });
}

async function openConnection(due, idle) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let sent;
  const next = () => {
    sent = due.shift();
    if (sent === undefined) idle.push(next);
    else socket.write(requestOf(sent.message));
  };
  const read = answerReader((status) => {
    if (status === 201) latencies.push(performance.now() - sent.dueAt);
    else failures += 1;
    sent.resolve();
    next();
  });
  socket.setEncoding('latin1').on('data', read);
  await once(socket, 'connect');
  next();
}

function requestOf(message) {
  return gatherRequest(port, '/message', JSON.stringify({ message_type: 'MESSAGE', token, message }));
}
