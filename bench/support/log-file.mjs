// Makes a large file of lines such as a web server logs.
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const PATHS = [
  '/',
  '/api/v1/orders/81723',
  '/static/app.3f9c2.js',
  '/login',
  '/search?q=%C3%BCber+alles',
  '/health',
];
const AGENTS = [
  'curl/8.5.0',
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'kube-probe/1.31',
];
const STATUSES = ['200', '200', '200', '304', '404', '500'];
const LINES_AT_ONCE = 10_000;
/** A part of the file is made once and then repeated: what is repeated so far apart is as good as new. */
const PARTS = 16;

/**
 * Writes the file. @param bytes - how large it becomes at least
 *
 * @returns how many lines and bytes it has
 */
export async function makeLogFile(path, bytes) {
  const parts = Array.from({ length: PARTS }, (_, index) => Buffer.from(partOf(index)));
  const made = { lines: 0, bytes: 0 };
  function* take() {
    for (let index = 0; made.bytes < bytes; index += 1) {
      const part = parts[index % PARTS];
      made.lines += LINES_AT_ONCE;
      made.bytes += part.length;
      yield part;
    }
  }
  await pipeline(Readable.from(take()), createWriteStream(path));
  return made;
}

function partOf(part) {
  return Array.from({ length: LINES_AT_ONCE }, (_, index) => lineOf(part * LINES_AT_ONCE + index)).join('');
}

// Another line for every number, and the same in every run.
function lineOf(number) {
  const mixed = (number * 2_654_435_761) % 2 ** 32;
  const pick = (list, shift) => list[(mixed >>> shift) % list.length];
  const time = new Date(Date.UTC(2026, 10, 21) + number * 7).toISOString();
  const address = `10.${String(mixed & 255)}.${String((mixed >>> 8) & 255)}.${String((mixed >>> 16) & 255)}`;
  return `${address} - - [${time}] "GET ${pick(PATHS, 3)} HTTP/1.1" ${pick(STATUSES, 7)} ${String(mixed % 90_000)} "-" "${pick(AGENTS, 11)}"\n`;
}
