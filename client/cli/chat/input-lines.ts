import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { MAX_MESSAGE_BYTES } from '../pipe/message-limits.js';
import { CliError } from '../cli-error.js';

/**
 * The lines of a stream as they come, without their ends (LF or CR LF); the last one needs none. Empty ones are left out. Throws
 * exit code 1 where one is longer than a message may be.
 */
export async function* inputLines(stream: Readable): AsyncGenerator<string, void, undefined> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_MESSAGE_BYTES) throw tooLong();
    for (const line of lines) yield* notEmpty(line);
  }
  yield* notEmpty(rest + decoder.end());
}

function* notEmpty(line: string): Generator<string, void, undefined> {
  const text = line.replace(/\r$/, '');
  if (Buffer.byteLength(text) > MAX_MESSAGE_BYTES) throw tooLong();
  if (text !== '') yield text;
}

function tooLong(): CliError {
  return new CliError('failed', 'input', `A line is longer than ${String(MAX_MESSAGE_BYTES)} bytes`);
}
