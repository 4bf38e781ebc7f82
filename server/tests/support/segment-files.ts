import { buildSync } from 'esbuild';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { closedSegmentForms } from '../../dump/segments/segment-names.js';

export const QUIET = pino({ level: 'silent' });

const FIRST_AT = Date.parse('2026-11-21T02:44:57.000Z');
const PRODUCER = '0f8fad5b-d9cb-469f-a165-70867728950e';

/** Where a closed segment is that is not packed, by the number of its first record. */
export function closedPath(dumpPath: string, first: number): string {
  return closedSegmentForms(dumpPath, first)[0] ?? '';
}

/** A line of an ndjson dump as gatherd writes it; every third one is of a numbered stream. */
function recordLine(seq: number, message = `message ${String(seq)}`): string {
  const record = { seq, at: timeOf(seq), user: 'dale', endpoint: '::1', message };
  const numbered = seq % 3 === 0 ? { ...record, producer: PRODUCER, number: seq / 3 } : record;
  return `${JSON.stringify(numbered)}\n`;
}

/** When the record with a number was written. */
function timeOf(seq: number): string {
  return new Date(FIRST_AT + seq * 1000).toISOString();
}

export function recordLines(first: number, last: number, message?: string): string {
  return Array.from({ length: last - first + 1 }, (_, index) => recordLine(first + index, message)).join('');
}

/** Puts a dump in a directory: closed segments of so many records each, and a live file that goes on. */
export async function putDump(
  directory: string,
  segments: number,
  each = 10,
  message?: string,
): Promise<string> {
  const dumpPath = join(directory, 'dump.ndjson');
  for (let index = 0; index < segments; index += 1) {
    const first = index * each + 1;
    await writeFile(closedPath(dumpPath, first), recordLines(first, first + each - 1, message));
  }
  await writeFile(dumpPath, recordLines(segments * each + 1, segments * each + 5, message));
  return dumpPath;
}

/** Builds a source file into one that a thread or process of its own can run. */
export function bundle(directory: string, source: string): string {
  const outfile = join(directory, `${source.replaceAll(/\W/g, '-')}.mjs`);
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  buildSync({
    absWorkingDir: root,
    entryPoints: [source],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: {
      js: "import { createRequire as nodeRequire } from 'node:module'; const require = nodeRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  return outfile;
}
