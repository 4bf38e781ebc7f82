// Requests of so many lines, one after another on a connection.
import { headMaker, linesOf } from '../support/bulk-lines.mjs';
import { answerReader } from '../support/http-answers.mjs';

/** Sends until the time is up, then closes the connection. */
export function startRequests(socket, options, measuring) {
  const { lines } = options;
  const body = linesOf(lines);
  const headOf = headMaker(options, `Content-Length: ${String(body.length)}`);
  let next = 1;
  let sentAt = 0;

  function send() {
    sentAt = performance.now();
    socket.cork();
    socket.write(`${headOf(next)}\r\n\r\n`, 'latin1');
    socket.write(body);
    socket.uncork();
    next += lines;
  }

  const read = answerReader((status, text) => {
    const { accepted } = JSON.parse(text);
    if (status !== 200 || accepted !== lines) {
      fail(accepted ?? 0, text);
      return;
    }
    measuring.note(lines, performance.now() - sentAt);
    if (measuring.isOver) socket.end();
    else send();
  });

  function fail(accepted, text) {
    if (measuring.failures === 0) process.stderr.write(`refused: ${text}\n`);
    measuring.failures += 1;
    measuring.acknowledged += accepted;
    socket.end();
  }

  socket.on('data', read);
  send();
}
