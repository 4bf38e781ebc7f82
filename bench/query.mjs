// How long pages of a big dump take: node bench/query.mjs [records] [segments].
import { open, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importSources } from './support/sources.mjs';

const [records = 200_000, segments = 8] = process.argv.slice(2).map(Number);
const START = Date.parse('2026-11-21T00:00:00.000Z');
const ROUNDS = 20;
const LIMITS = { records: 100, lookedAt: 32 * 2 ** 20, characters: 4 * 2 ** 20 };

const folder = await mkdtemp(join(tmpdir(), 'gatherd-bench-query-'));
const {
  ndjsonFormat,
  readPage,
  restOf,
  createSegmentedDump,
  saveIndex,
  scanClosedSegment,
  closedSegmentForms,
  listClosedSegments,
  scanSegment,
} = await importSources(join(folder, 'built'), [
  'server/dump/format/ndjson-format',
  'server/dump/reading/read-page',
  'server/dump/reading/scan-dump',
  'server/dump/reading/segmented-dump',
  'server/dump/segments/segment-index',
  'server/dump/segments/segment-names',
  'server/dump/segments/segment-scan',
]);
const dumpPath = join(folder, ndjsonFormat.fileName);
try {
  const bytes = await write();
  for (const segment of await listClosedSegments(dumpPath)) {
    await saveIndex(dumpPath, (await scanClosedSegment(segment, ndjsonFormat)).index);
  }
  const seen = await scanSegment(dumpPath, 0, Number.POSITIVE_INFINITY, ndjsonFormat);
  const live = () => ({ path: dumpPath, first: seen.first, last: seen.last, blocks: seen.blocks });
  const dump = createSegmentedDump({ dumpPath, format: ndjsonFormat, live });
  console.log(`${records} records in ${segments} segments, ${Math.round(bytes / 2 ** 20)} MiB\n`);
  console.log('| pages of 100 | first ms | p50 ms | max ms | found | pages to the first record |');
  console.log('| --- | ---: | ---: | ---: | ---: | ---: |');
  const middle = Math.floor(records / 2);
  await measure('newest', { order: 'newest' });
  await measure('oldest', { order: 'oldest' });
  await measure('middle, by number', { order: 'newest', beforeSeq: middle });
  await measure('middle, by time', { order: 'oldest', afterAt: START + middle });
  await measure('newest of one user in 1000', { order: 'newest', user: 'user7' });
  await measure('newest with a text in one of 100', { order: 'newest', contains: 'number 42 ' });
  await measure('newest of nobody', { order: 'newest', user: 'nobody' }, 1);

  async function measure(name, query, rounds = ROUNDS) {
    const times = [];
    let found = 0;
    let pages = 0;
    for (let round = 0; round < rounds; round += 1) {
      const begin = performance.now();
      let page = await readPage(dump, ndjsonFormat, query, LIMITS);
      for (pages = 1; page.found.length === 0 && page.next !== undefined; pages += 1) {
        page = await readPage(dump, ndjsonFormat, restOf(query, page.next), LIMITS);
      }
      times.push(performance.now() - begin);
      found = page.found.length;
    }
    const sorted = times.toSorted((a, b) => a - b);
    const shown = [times[0], sorted[Math.floor(rounds / 2)], sorted.at(-1)].map((ms) => ms.toFixed(1));
    console.log(`| ${[name, ...shown, found, pages].join(' | ')} |`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

// A record a millisecond, of 1000 users.
async function write() {
  let written = 0;
  const each = Math.ceil(records / segments);
  for (let first = 1; first <= records; first += each) {
    const end = Math.min(first + each, records + 1);
    const path = end > records ? dumpPath : closedSegmentForms(dumpPath, first)[0];
    const handle = await open(path, 'w');
    for (let from = first; from < end; from += 10_000) {
      let text = '';
      for (let seq = from; seq < Math.min(from + 10_000, end); seq += 1) text += lineOf(seq);
      written += (await handle.write(text)).bytesWritten;
    }
    await handle.close();
  }
  return written;
}

function lineOf(seq) {
  const at = new Date(START + seq).toISOString();
  const message = `a message of some length, number ${seq % 100} of a hundred, and more of its text up to here`;
  return `{"seq":${seq},"at":"${at}","user":"user${seq % 1000}","endpoint":"127.0.0.1","message":"${message}"}\n`;
}
