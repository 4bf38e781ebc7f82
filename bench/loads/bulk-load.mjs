// The load of bulk messages, a process of its own: connections over plain sockets that send the same lines again and again,
// made once. Options, as JSON: port, pid, token, connections, lines (of a request; 0 is one endless stream for each
// connection), isNumbered (each connection is a producer), warmUpSeconds and
// seconds, or messages (how many each connection sends, where it streams).
import { once } from 'node:events';
import { connect } from 'node:net';
import { Measuring } from '../support/measuring.mjs';
import { startRequests } from './bulk-requests.mjs';
import { startStream } from './bulk-stream.mjs';

const options = JSON.parse(process.argv[2]);
const measuring = new Measuring();
const start = options.lines === 0 ? startStream : startRequests;
const connections = Array.from({ length: options.connections }, openConnection);
await measuring.run(options, Promise.all(connections));
process.stdout.write(`${JSON.stringify(measuring.result)}\n`);

function openConnection() {
  const socket = connect({ port: options.port, host: '127.0.0.1', noDelay: true });
  socket.setEncoding('latin1');
  socket.on('error', () => (measuring.failures += 1));
  socket.on('connect', () => {
    start(socket, options, measuring);
  });
  return once(socket, 'close');
}
