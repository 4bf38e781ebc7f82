// MESSAGE at a fixed rate, a process of its own: what a message takes does not change how many there are. Options, as
// JSON: port, pid, connections, perSecond, warmUpSeconds, seconds, body.
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerReader } from '../support/http-answers.mjs';
import { gatherRequest } from '../support/gather-request.mjs';
import { Measuring } from '../support/measuring.mjs';

const options = JSON.parse(process.argv[2]);
const { port, connections, perSecond, body } = options;
const request = gatherRequest(port, '/message', body);
const measuring = new Measuring();
const idle = [];
// When those fell due that wait for a connection: they are counted from then on.
const due = [];
const closed = Array.from({ length: connections }, openConnection);
await measuring.run(options, Promise.all([pace(), ...closed]));
process.stdout.write(`${JSON.stringify(measuring.result)}\n`);

async function pace() {
  const began = performance.now();
  let made = 0;
  while (!measuring.isOver) {
    const now = performance.now();
    for (const wanted = ((now - began) / 1000) * perSecond; made < wanted; made += 1) due.push(now);
    while (due.length > 0 && idle.length > 0) idle.shift()(due.shift());
    await sleep(1);
  }
  for (const send of idle) send();
}

function openConnection() {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let askedAt = 0;
  const next = (dueAt = due.shift()) => {
    if (measuring.isOver) socket.end();
    else if (dueAt === undefined) idle.push(next);
    else {
      askedAt = dueAt;
      socket.write(request);
    }
  };
  const read = answerReader((status) => {
    if (status === 201) measuring.note(1, performance.now() - askedAt);
    else measuring.failures += 1;
    next();
  });
  socket.setEncoding('latin1').on('data', read);
  socket.on('connect', () => {
    next();
  });
  socket.on('error', () => (measuring.failures += 1));
  return once(socket, 'close');
}
