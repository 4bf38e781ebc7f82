// What Node itself takes for a MESSAGE: bare node:http, the body read by hand, JSON.parse, and the answer. It keeps
// nothing, checks nothing and stores nothing.
import { createServer } from 'node:http';

const server = createServer({ noDelay: true }, (request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const { message } = JSON.parse(Buffer.concat(chunks).toString());
    const body = JSON.stringify({ status_code: 201, status_message: `Got ${String(message.length)}` });
    const headers = { 'Content-Type': 'application/json', 'Content-Length': String(body.length) };
    response.writeHead(201, headers).end(body);
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`listens on http://127.0.0.1:${String(server.address().port)}\n`);
});
