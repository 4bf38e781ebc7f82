// The load generator, a process of its own: a number of connections, each sending one request after another over a
// plain socket. Prints one line of JSON. Arguments: port, connections, seconds, and the request body as JSON.
import { connect } from 'node:net';

const [port, connections, seconds, body] = process.argv.slice(2);
const request = Buffer.from(
  `POST /message HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\n` +
    `Content-Length: ${String(Buffer.byteLength(body))}\r\n\r\n${body}`,
);
const WARM_UP_MS = 1000;
const latencies = [];
let failures = 0;
let isMeasuring = false;

const sockets = Array.from({ length: Number(connections) }, openConnection);
await wait(WARM_UP_MS);
isMeasuring = true;
const started = performance.now();
await wait(Number(seconds) * 1000);
isMeasuring = false;
const elapsed = (performance.now() - started) / 1000;
for (const socket of sockets) socket.destroy();
latencies.sort((a, b) => a - b);
process.stdout.write(
  `${JSON.stringify({ perSecond: latencies.length / elapsed, p50: quantile(0.5), p99: quantile(0.99), failures })}\n`,
);

function openConnection() {
  const socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true });
  let answer = '';
  let sentAt = 0;
  const send = () => {
    sentAt = performance.now();
    socket.write(request);
  };
  socket.setEncoding('latin1');
  socket.on('connect', send);
  socket.on('error', () => (failures += 1));
  socket.on('data', (chunk) => {
    answer += chunk;
    if (!isWhole(answer)) return;
    if (!answer.startsWith('HTTP/1.1 201')) failures += 1;
    else if (isMeasuring) latencies.push(performance.now() - sentAt);
    answer = '';
    send();
  });
  return socket;
}

function isWhole(answer) {
  const head = answer.indexOf('\r\n\r\n');
  if (head === -1) return false;
  const length = /content-length: (\d+)/i.exec(answer.slice(0, head))?.[1];
  return answer.length >= head + 4 + Number(length);
}

function quantile(q) {
  return latencies[Math.floor(latencies.length * q)] ?? 0;
}

function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
