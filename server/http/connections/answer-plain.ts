import type { Socket } from 'node:net';
import { closeWith } from '../../net/close-with.js';

const TEXT = 'This port speaks TLS: use https://\n';
const ANSWER = [
  'HTTP/1.1 400 Bad Request',
  'Content-Type: text/plain; charset=utf-8',
  `Content-Length: ${String(TEXT.length)}`,
  'Cache-Control: no-store',
  'Connection: close',
  '',
  TEXT,
].join('\r\n');
/** How HTTP/1.1 and HTTP/2 begin: RFC 9112 section 3, RFC 9113 section 3.4. */
const REQUEST_START = /^[A-Z]{3,20} /;

/** Answers plain HTTP where TLS is spoken; whatever else comes is closed. @param first - of what has come */
export function answerPlain(raw: Socket, first: Buffer): void {
  if (!REQUEST_START.test(first.subarray(0, 32).toString('latin1'))) {
    raw.destroy();
    return;
  }
  closeWith(raw, ANSWER);
}
