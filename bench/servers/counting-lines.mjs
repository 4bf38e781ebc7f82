// The baseline of bulk messages: bare node:http that counts the line ends of whatever is sent, and answers as gatherd
// does. It looks at no token, keeps nothing, parses nothing and stores nothing.
import { createServer } from 'node:http';
import { setImmediate } from 'node:timers';
import { lineEnds } from '../support/dump-records.mjs';

const server = createServer({ requestTimeout: 0, noDelay: true }, (request, response) => {
  const isStreaming = request.headers.accept === 'application/x-ndjson';
  let accepted = 0;
  let isDue = false;
  const acknowledge = () => {
    isDue = false;
    if (!response.writableEnded) response.write(`{"accepted":${String(accepted)}}\n`);
  };
  request.on('data', (chunk) => {
    accepted += lineEnds(chunk);
    if (!isStreaming || isDue) return;
    isDue = true;
    setImmediate(acknowledge);
  });
  request.on('end', () => {
    const done = isStreaming ? ',"done":true}\n' : '}';
    response.end(`{"accepted":${String(accepted)}${done}`);
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`listens on http://127.0.0.1:${String(server.address().port)}\n`);
});
