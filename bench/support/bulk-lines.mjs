// The lines and heads of bulk messages.
import { randomUUID } from 'node:crypto';

const MESSAGE = 'The quick brown fox jumps over the lazy dog, 0123456789 times. '.repeat(2).slice(0, 100);

/** One line of NDJSON: a message of 100 bytes. */
export const LINE = `${JSON.stringify({ message: MESSAGE })}\n`;

/** So many lines, as bytes. */
export function linesOf(count) {
  return Buffer.from(LINE.repeat(count));
}

/**
 * Makes the function that makes the head of a request, without its last, empty line.
 *
 * @param isNumbered - whether the messages have numbers, all of them one producer's
 * @returns a function of the number of the request's first message
 */
export function headMaker({ port, token, isNumbered }, ...more) {
  const fixed = [
    'POST /v1/messages HTTP/1.1',
    `Host: 127.0.0.1:${String(port)}`,
    `Authorization: Bearer ${token}`,
    'Content-Type: application/x-ndjson',
    ...more,
    ...(isNumbered ? [`Gather-Producer: ${randomUUID()}`] : []),
  ].join('\r\n');
  return (first) => (isNumbered ? `${fixed}\r\nGather-Sequence: ${String(first)}` : fixed);
}
