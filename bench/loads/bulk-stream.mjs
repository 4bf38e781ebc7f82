// One endless request: lines are sent all the time, and acknowledgements are read meanwhile.
import { headMaker, LINE, linesOf } from '../support/bulk-lines.mjs';
import { lineReader } from '../support/http-answers.mjs';

const CHUNK_LINES = Math.floor(2 ** 16 / LINE.length);
/** How much may be on its way: as a client that has to keep what is not acknowledged would have it. */
const MAX_UNACKNOWLEDGED_LINES = 64 * CHUNK_LINES;

/**
 * Sends until the time is up, or so many messages have been sent, then ends the request and closes the connection. The
 * latency is that of a chunk of 64 KiB, from its being handed to the socket to the acknowledgement that covers it.
 */
export function startStream(socket, options, measuring) {
  const { messages: most = Number.POSITIVE_INFINITY } = options;
  const chunk = chunkOf(linesOf(CHUNK_LINES));
  const onTheirWay = [];
  let [sent, acknowledged] = [0, 0];
  let [isBlocked, isEnded] = [false, false];

  function pump() {
    while (!isBlocked && !isEnded) {
      if (measuring.isOver || sent >= most) {
        end();
        return;
      }
      if (sent - acknowledged >= MAX_UNACKNOWLEDGED_LINES) return;
      sent += CHUNK_LINES;
      onTheirWay.push({ upTo: sent, at: performance.now() });
      isBlocked = !socket.write(chunk);
    }
  }

  function end() {
    isEnded = true;
    socket.write('0\r\n\r\n');
  }

  function onLine({ accepted = 0, done, code }) {
    const now = performance.now();
    let covered = acknowledged;
    while (onTheirWay.length > 0 && onTheirWay[0].upTo <= accepted) {
      const { upTo, at } = onTheirWay.shift();
      measuring.note(upTo - covered, now - at);
      covered = upTo;
    }
    acknowledged = covered;
    if (code !== undefined || (done === true && accepted !== sent))
      fail(JSON.stringify({ code, accepted, sent }));
    else if (done === true) socket.end();
    else pump();
  }

  function fail(what) {
    process.stderr.write(`refused: ${what}\n`);
    measuring.failures += 1;
    isEnded = true;
    socket.end();
  }

  socket.on('drain', () => {
    isBlocked = false;
    pump();
  });
  socket.on('data', lineReader(onLine, fail));
  const headOf = headMaker(options, 'Accept: application/x-ndjson', 'Transfer-Encoding: chunked');
  socket.write(`${headOf(1)}\r\n\r\n`, 'latin1');
  pump();
}

function chunkOf(bytes) {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}
