// The load of MESSAGE, a process of its own: connections over plain sockets, each sending one request after another and
// waiting for its answer. Options, as JSON: port, pid, connections, warmUpSeconds, seconds, body, and the certificate that is
// trusted (ca, PEM) where it is over TLS.
import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import { answerReader } from '../support/http-answers.mjs';
import { gatherRequest } from '../support/gather-request.mjs';
import { Measuring } from '../support/measuring.mjs';

const options = JSON.parse(process.argv[2]);
const { port, connections, body, ca } = options;
const request = gatherRequest(port, '/message', body);
const measuring = new Measuring();
const closed = Array.from({ length: connections }, openConnection);
await measuring.run(options, Promise.all(closed));
process.stdout.write(`${JSON.stringify(measuring.result)}\n`);

function openConnection() {
  const to = { port, host: '127.0.0.1', noDelay: true };
  const socket = ca === undefined ? connect(to) : connectSecurely({ ...to, ca, servername: 'localhost' });
  let sentAt = 0;
  const send = () => {
    sentAt = performance.now();
    socket.write(request);
  };
  const read = answerReader((status) => {
    if (status === 201) measuring.note(1, performance.now() - sentAt);
    else measuring.failures += 1;
    if (measuring.isOver) socket.end();
    else send();
  });
  socket
    .setEncoding('latin1')
    .on('data', read)
    .on(ca === undefined ? 'connect' : 'secureConnect', send);
  socket.on('error', () => (measuring.failures += 1));
  return once(socket, 'close');
}
