import { appendFile, open, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, type TestContext } from 'vitest';
import { GatherClient, loginTo } from './support/gather-client.js';
import { GatherdProcess } from './support/gatherd-process.js';
import { Ledger } from './support/ledger.js';
import { bytesRead, IS_LONG } from './support/machine.js';
import { checkDump } from './support/oracle.js';
import { temporaryDirectory } from './support/temporary-directory.js';

const MiB = 2 ** 20;
const OLD = ['one', 'two, with "quotes"', '=three'];

type Format = 'ndjson' | 'csv';

const AT = '2026-11-21T02:44:57.123Z';
const WHOLE: Readonly<Record<Format, string>> = {
  ndjson: OLD.map(
    (message, index) =>
      `{"seq":${String(index + 1)},"at":"${AT}","user":"dale","endpoint":"127.0.0.1","message":${JSON.stringify(message)}}\n`,
  ).join(''),
  csv: [
    'timestamp,username,message,seq,endpoint\n',
    `${AT},dale,one,1,127.0.0.1\n`,
    `${AT},dale,"""two, with \\""quotes\\""""",2,127.0.0.1\n`,
    `${AT},dale,"""=three""",3,127.0.0.1\n`,
  ].join(''),
};
const NEXT: Readonly<Record<Format, string>> = {
  ndjson: `{"seq":4,"at":"${AT}","user":"dale","endpoint":"127.0.0.1","message":"late"}\n`,
  csv: `${AT},dale,late,4,127.0.0.1\n`,
};

const TORN: readonly { what: string; format: Format; torn: string | Buffer }[] = [
  { what: 'half a record', format: 'ndjson', torn: NEXT.ndjson.slice(0, 40) },
  { what: 'a record without its line end', format: 'ndjson', torn: NEXT.ndjson.slice(0, -1) },
  { what: 'a hole of NUL bytes', format: 'ndjson', torn: '\0'.repeat(4096) },
  { what: 'a hole with a record behind it', format: 'ndjson', torn: `${'\0'.repeat(300)}\n${NEXT.ndjson}` },
  { what: 'half a character', format: 'ndjson', torn: Buffer.from('{"message":"\u{1f600}').subarray(0, -2) },
  { what: 'a record without its line end', format: 'csv', torn: NEXT.csv.slice(0, -1) },
  { what: 'a hole with a record behind it', format: 'csv', torn: `2026${'\0'.repeat(5000)}\n${NEXT.csv}` },
];

test.each(TORN)(
  '$what at the end of a $format dump is cut off, kept aside, and written over',
  async ({ format, torn }) => {
    await using directory = await temporaryDirectory();
    const dump = await writeDump(directory.path, format);
    const whole = await readFile(dump);
    await appendFile(dump, torn);

    await sendOne(directory.path, format, 'after the crash');

    const aside = join(directory.path, `dump.${format}.torn-at-${String(whole.length)}`);
    expect(await readFile(aside)).toEqual(Buffer.from(torn));
    expect((await readFile(dump)).subarray(0, whole.length)).toEqual(whole);
    await checkDump(new Ledger(), dump, { others: [...OLD, 'after the crash'] });
  },
);

test('a header that was torn is written again', async () => {
  await using directory = await temporaryDirectory();
  const dump = join(directory.path, 'dump.csv');
  await writeFile(dump, 'timestamp,user');
  await sendOne(directory.path, 'csv', 'the first one');
  await checkDump(new Ledger(), dump, { others: ['the first one'] });
});

test('a dump that was whole is not touched by a restart', async () => {
  await using directory = await temporaryDirectory();
  const dump = await writeDump(directory.path, 'ndjson');
  const before = await readFile(dump);
  await using server = await start(directory.path, 'ndjson');
  await server.stop();
  expect(await readFile(dump)).toEqual(before);
  expect((await readdir(directory.path)).filter((name) => name.includes('torn'))).toEqual([]);
});

test('lines that somebody else has written stay, and the numbers go on behind them', async () => {
  await using directory = await temporaryDirectory();
  const dump = await writeDump(directory.path, 'ndjson');
  await appendFile(dump, 'rotated by hand\n');
  await sendOne(directory.path, 'ndjson', 'after the note');
  const lines = (await readFile(dump, 'utf8')).trimEnd().split('\n');
  expect(lines[3]).toBe('rotated by hand');
  expect(JSON.parse(lines[4] ?? '')).toMatchObject({ seq: 4, message: 'after the note' });
});

test('of a dump of 8 GiB only the end is read at the start', async (context) => {
  await assertReadsLittle(context, 8192 * MiB, true);
});

test('of a dump full of records only the end is read at the start', async (context) => {
  await assertReadsLittle(context, (IS_LONG ? 1024 : 128) * MiB, false);
});

async function assertReadsLittle(context: TestContext, size: number, isSparse: boolean): Promise<void> {
  if (bytesRead(process.pid) === undefined) context.skip('what a process reads is not counted here');
  await using empty = await temporaryDirectory();
  await using full = await temporaryDirectory();
  const dump = join(full.path, 'dump.ndjson');
  const lastSeq = await writeLargeDump(dump, size, isSparse);
  await using small = await start(empty.path, 'ndjson');
  await using large = await start(full.path, 'ndjson');
  const more = (bytesRead(large.pid) ?? 0) - (bytesRead(small.pid) ?? 0);
  expect(more).toBeLessThan(40 * MiB);
  using client = new GatherClient(large);
  expect((await client.message(await client.login('dale'), 'the next one')).status).toBe(201);
  await large.stop();
  const [last = ''] = (await tailOf(dump)).slice(-1);
  expect(JSON.parse(last)).toMatchObject({ seq: lastSeq + 1, message: 'the next one' });
}

/** A dump as a server leaves it, with {@link OLD} in it. */
async function writeDump(dataDir: string, format: Format): Promise<string> {
  const path = join(dataDir, `dump.${format}`);
  await writeFile(path, WHOLE[format]);
  return path;
}

async function sendOne(dataDir: string, format: Format, message: string): Promise<void> {
  await using server = await start(dataDir, format);
  using client = new GatherClient(server);
  expect((await client.message(await loginTo(server, 'dale'), message)).status).toBe(201);
  await server.stop();
}

function start(dataDir: string, format: Format): Promise<GatherdProcess> {
  return GatherdProcess.start({ dataDir, env: { GATHERD_DUMP_FORMAT: format } });
}

/** Records up to about a size; where it is sparse, only the last 32 MiB of them are really there. */
async function writeLargeDump(path: string, size: number, isSparse: boolean): Promise<number> {
  await using file = await open(path, 'w');
  let seq = 0;
  let position = isSparse ? size - 32 * MiB : 0;
  while (position < size) {
    let lines = position > 0 && seq === 0 ? '\n' : '';
    while (lines.length < 4 * MiB) {
      seq += 1;
      lines += `{"seq":${String(seq)},"at":"2026-11-21T02:44:57.123Z","user":"dale","endpoint":"127.0.0.1","message":"${'m'.repeat(900)}"}\n`;
    }
    position += (await file.write(lines, position)).bytesWritten;
  }
  return seq;
}

async function tailOf(path: string): Promise<string[]> {
  await using file = await open(path, 'r');
  const { size } = await stat(path);
  const { buffer, bytesRead: length } = await file.read(Buffer.alloc(4096), 0, 4096, size - 4096);
  return buffer.toString('utf8', 0, length).trimEnd().split('\n');
}
