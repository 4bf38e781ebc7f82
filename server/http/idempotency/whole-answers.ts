import type { OutgoingHttpHeader } from 'node:http';
import type { Response } from 'express';
import type { WholeAnswer } from './remembered-answers.js';

/** What is of one request, or of one connection, and of no other that gets the same answer. */
const OF_ONE_REQUEST: ReadonlySet<string> = new Set([
  'x-request-id',
  'date',
  'connection',
  'keep-alive',
  'transfer-encoding',
]);

/** Tells an answer when it is given, also where the client is gone by then. It has to be given in one piece. */
export function tellAnswer(response: Response, onAnswer: (answer: WholeAnswer) => void): void {
  const end = response.end.bind(response) as (...parts: readonly unknown[]) => Response;
  response.end = (...parts: readonly unknown[]) => {
    const headers = headersOf(response);
    onAnswer({ status: response.statusCode, headers, body: bodyOf(parts) });
    return end(...parts);
  };
}

/** Gives an answer again. */
export function giveAgain(response: Response, { status, headers, body }: WholeAnswer): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.status(status).end(body);
}

function headersOf(response: Response): Readonly<Record<string, OutgoingHttpHeader>> {
  const headers = Object.entries(response.getHeaders()).flatMap(([name, value]) =>
    value === undefined || OF_ONE_REQUEST.has(name) ? [] : [[name, value] as const],
  );
  return Object.fromEntries(headers);
}

function bodyOf([body, encoding]: readonly unknown[]): Buffer {
  if (Buffer.isBuffer(body)) return body;
  if (typeof body !== 'string') return Buffer.alloc(0);
  return Buffer.from(body, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
}
