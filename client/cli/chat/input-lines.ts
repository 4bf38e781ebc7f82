import type { Readable } from 'node:stream';
import { CliError } from '../cli-error.js';
import { MAX_MESSAGE_BYTES } from '../pipe/message-limits.js';

/** A line of the input. */
export interface InputLine {
  /** Its number, from 1; the empty ones count too. */
  readonly number: number;
  readonly text: string;
}

const LF = 0x0a;
const CR = 0x0d;

/**
 * The lines of a stream as they come, without their ends (LF or CR LF); the last one needs none. Empty ones are left out. Throws
 * exit code 1, with its number, at one that is longer than a message may be or that is not UTF-8.
 */
export async function* inputLines(stream: Readable): AsyncGenerator<InputLine, void, undefined> {
  let number = 1;
  let parts: Uint8Array[] = [];
  let held = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      yield* lineOf(number, Buffer.concat([...parts, chunk.subarray(start, end)]));
      [parts, held, start, number] = [[], 0, end + 1, number + 1];
    }
    parts.push(chunk.subarray(start));
    held += chunk.length - start;
    // One more, for the CR of an end that is still to come.
    if (held > MAX_MESSAGE_BYTES + 1) throw tooLong(number);
  }
  yield* lineOf(number, Buffer.concat(parts));
}

function* lineOf(number: number, bytes: Buffer): Generator<InputLine, void, undefined> {
  const line = bytes.at(-1) === CR ? bytes.subarray(0, -1) : bytes;
  if (line.length > MAX_MESSAGE_BYTES) throw tooLong(number);
  const text = textOf(number, line);
  if (text !== '') yield { number, text };
}

function textOf(number: number, line: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line);
  } catch {
    throw wrongLine(number, 'is not valid UTF-8');
  }
}

function tooLong(number: number): CliError {
  return wrongLine(number, `is longer than ${String(MAX_MESSAGE_BYTES)} bytes`);
}

function wrongLine(number: number, problem: string): CliError {
  return new CliError('failed', 'input', `Line ${String(number)} ${problem}`, { fields: { line: number } });
}
