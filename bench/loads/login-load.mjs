// A storm of logins, a process of its own: each connection sends one AUTHENTICATE after another, of one user after
// another. Options, as JSON: port, pid, connections, users, kinds (a list: whether the password is right), warmUpSeconds, seconds.
import { once } from 'node:events';
import { connect } from 'node:net';
import { answerReader } from '../support/http-answers.mjs';
import { gatherRequest } from '../support/gather-request.mjs';
import { Measuring } from '../support/measuring.mjs';

const options = JSON.parse(process.argv[2]);
const { port, connections, users, kinds } = options;
const attempts = users.flatMap(({ name, password }) =>
  kinds.map((isRight) => ({
    expected: isRight ? 202 : 403,
    request: requestOf(name, isRight ? password : `not ${password}`),
  })),
);
const measuring = new Measuring();
const closed = Array.from({ length: connections }, (_, index) => openConnection(index));
await measuring.run(options, Promise.all(closed));
process.stdout.write(`${JSON.stringify(measuring.result)}\n`);

function requestOf(username, password) {
  return gatherRequest(
    port,
    '/authenticate',
    JSON.stringify({ message_type: 'AUTHENTICATE', username, password }),
  );
}

// Each begins elsewhere, so that they are at different users: attempts of one user take turns.
function openConnection(index) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let at = Math.floor((index * attempts.length) / connections);
  let sentAt = 0;
  const send = () => {
    sentAt = performance.now();
    socket.write(attempts[at].request);
  };
  const read = answerReader((status) => {
    if (status === attempts[at].expected) measuring.note(1, performance.now() - sentAt);
    else measuring.failures += 1;
    at = (at + 1) % attempts.length;
    if (measuring.isOver) socket.end();
    else send();
  });
  socket.setEncoding('latin1').on('data', read).on('connect', send);
  socket.on('error', () => (measuring.failures += 1));
  return once(socket, 'close');
}
