import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

// A line of an answer is a few hundred bytes; whatever is longer comes from something else.
const MAX_CHARACTERS = 64 * 1024;

/** The lines of a body as they come, without their ends; the last one needs none. Empty ones are left out. */
export async function* linesOf(body: Readable): AsyncGenerator<string, void, undefined> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of body as AsyncIterable<Buffer>) {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_CHARACTERS) throw new Error('the answer has no end in sight');
    yield* lines.filter((line) => line.trim() !== '');
  }
  if (rest.trim() !== '') yield rest;
}

/** A short body as one text. */
export async function textOf(body: Readable): Promise<string> {
  const decoder = new StringDecoder('utf8');
  let text = '';
  for await (const chunk of body as AsyncIterable<Buffer>) {
    text += decoder.write(chunk);
    if (text.length > MAX_CHARACTERS) throw new Error('the answer has no end in sight');
  }
  return text + decoder.end();
}
