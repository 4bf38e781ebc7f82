import { execFileSync } from 'node:child_process';
import { appendFile, chmod, mkdir, open, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, type TestContext } from 'vitest';
import { sendBulk } from './support/bulk-client.js';
import { GatherClient, loginTo } from './support/gather-client.js';
import { GatherdProcess, runGatherd } from './support/gatherd-process.js';
import { runProgram, ServedGatherd } from './support/gatherd-program.js';
import { Ledger } from './support/ledger.js';
import { bytesRead, IS_LONG } from './support/machine.js';
import { checkDump } from './support/oracle.js';
import { takeDumpLock } from './support/outsider.js';
import { temporaryDirectory } from './support/temporary-directory.js';

const MiB = 2 ** 20;
/** More than a commit can be, since the last one has to be seen as a whole; and some more for reading code. */
const MOST_READ_BY_RECOVERY = 144 * MiB;
const MOST_SINCE_CHECKPOINT = 80 * MiB;
const OLD = ['one', 'two, with "quotes"', '=three'];

type Format = 'ndjson' | 'csv';

const AT = '2026-11-21T02:44:57.123Z';
const WHOLE: Readonly<Record<Format, string>> = {
  ndjson: OLD.map(
    (message, index) =>
      `{"seq":${String(index + 1)},"at":"${AT}","user":"dale","endpoint":"127.0.0.1","message":${JSON.stringify(message)}}\n`,
  ).join(''),
  csv: [
    'timestamp,username,message,seq,endpoint,topic,time,producer,number\n',
    `${AT},dale,one,1,127.0.0.1,,,,\n`,
    `${AT},dale,"""two, with \\""quotes\\""""",2,127.0.0.1,,,,\n`,
    `${AT},dale,"""=three""",3,127.0.0.1,,,,\n`,
  ].join(''),
};
const NEXT: Readonly<Record<Format, string>> = {
  ndjson: `{"seq":4,"at":"${AT}","user":"dale","endpoint":"127.0.0.1","message":"late"}\n`,
  csv: `${AT},dale,late,4,127.0.0.1,,,,\n`,
};

const TORN: readonly { what: string; format: Format; torn: string | Buffer }[] = [
  { what: 'half a record', format: 'ndjson', torn: NEXT.ndjson.slice(0, 40) },
  { what: 'a record without its line end', format: 'ndjson', torn: NEXT.ndjson.slice(0, -1) },
  {
    what: 'a hole with a record behind it',
    format: 'ndjson',
    torn: `${holeIn(WHOLE.ndjson)}\n${NEXT.ndjson}`,
  },
  { what: 'half a character', format: 'ndjson', torn: Buffer.from('{"message":"\u{1f600}').subarray(0, -2) },
  { what: 'a record without its line end', format: 'csv', torn: NEXT.csv.slice(0, -1) },
  { what: 'a hole with a record behind it', format: 'csv', torn: `${holeIn(WHOLE.csv)}26\n${NEXT.csv}` },
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

test('NUL bytes at the end of a dump are cut off, and not kept, since they hold nothing', async () => {
  await using directory = await temporaryDirectory();
  const dump = await writeDump(directory.path, 'ndjson');
  await appendFile(dump, '\0'.repeat(4096));
  await sendOne(directory.path, 'ndjson', 'after the crash');
  expect((await readdir(directory.path)).filter((name) => name.includes('torn'))).toEqual([]);
  await checkDump(new Ledger(), dump, { others: [...OLD, 'after the crash'] });
});

test('a dump that was damaged by others stays as it is, the log says where, and the numbers go on', async () => {
  await using directory = await temporaryDirectory();
  const dump = await writeDump(directory.path, 'ndjson');
  const damaged = await readFile(dump);
  damaged[20] = 0;
  await writeFile(dump, damaged);
  await using server = await start(directory.path, 'ndjson');
  expect(server.output).toMatch(/"byte":20|byte: 20/);
  using client = new GatherClient(server);
  expect((await client.message(await loginTo(server, 'dale'), 'after the damage')).status).toBe(201);
  await server.stop();
  const content = await readFile(dump);
  expect(content.subarray(0, damaged.length)).toEqual(damaged);
  expect(JSON.parse(content.subarray(damaged.length).toString())).toMatchObject({ seq: 4 });
  expect(await runProgram(['verify', dump])).toMatchObject({ code: 1 });
});

test.each(['a clean end', 'a kill'])(
  'the numbers go on when the dump is moved away and after that comes %s',
  async (end) => {
    await using directory = await temporaryDirectory();
    const dump = join(directory.path, 'dump.ndjson');
    {
      await using server = await (end === 'a kill' ? GatherdProcess : ServedGatherd).start({
        dataDir: directory.path,
      });
      using client = new GatherClient(server);
      const token = await loginTo(server, 'dale');
      for (const message of ['one', 'two']) expect((await client.message(token, message)).status).toBe(201);
      await using outsider = await takeDumpLock(dump);
      await rename(dump, `${dump}.1`);
      await outsider.release();
      await (server instanceof GatherdProcess ? server.stop('SIGKILL') : server.stop());
    }
    await sendOne(directory.path, 'ndjson', 'three');
    expect(JSON.parse(await readFile(dump, 'utf8'))).toMatchObject({ seq: 3, message: 'three' });
  },
);

test.each<[string, (dump: string) => Promise<unknown>, RegExp]>([
  ['a directory', (dump) => mkdir(dump), /dump\.ndjson is no regular file/],
  ['a pipe', (dump) => Promise.resolve(execFileSync('mkfifo', [dump])), /dump\.ndjson is no regular file/],
  [
    'locked by a directory that is ours and not empty',
    async (dump) => {
      await mkdir(`${dump}.lock`);
      await writeFile(`${dump}.lock/a file`, '');
      await chmod(`${dump}.lock`, 0o1700);
    },
    /ENOTEMPTY.*dump\.ndjson\.lock/,
  ],
])('a server whose dump is %s does not start, and says where and why', async (_what, make, reason) => {
  await using directory = await temporaryDirectory();
  await make(join(directory.path, 'dump.ndjson'));
  const failure = ServedGatherd.start({ dataDir: directory.path });
  await expect(failure).rejects.toMatchObject({
    code: 'dump.write_failed',
    cause: { message: expect.stringMatching(reason) as string },
  });
});

test('a server that cannot start ends with 1, and its last words are one line', async () => {
  await using directory = await temporaryDirectory();
  await mkdir(join(directory.path, 'dump.ndjson'));
  const { code, stderr } = await runGatherd(['--port', '0', '--data-dir', directory.path]);
  expect(code).toBe(1);
  expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
    /^gatherd: The dump could not be written.*dump\.ndjson is no regular file/,
  );
});

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
  await using server = await ServedGatherd.start({ dataDir: directory.path });
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

test('a large dump is read once, and after a clean end only its end', async (context) => {
  skipWithoutCounting(context);
  await using full = await temporaryDirectory();
  const dump = join(full.path, 'dump.ndjson');
  const lastSeq = await writeSparseDump(dump, (IS_LONG ? 8192 : 192) * MiB);
  {
    await using first = await start(full.path, 'ndjson');
    expect(await first.stop()).toBe(0);
  }
  await using large = await start(full.path, 'ndjson');
  expect(await readAtStart(large)).toBeLessThan(MOST_READ_BY_RECOVERY);
  using client = new GatherClient(large);
  expect((await client.message(await client.login('dale'), 'the next one')).status).toBe(201);
  await large.stop();
  const [last = ''] = (await tailOf(dump)).slice(-1);
  expect(JSON.parse(last)).toMatchObject({ seq: lastSeq + 1, message: 'the next one' });
});

test('after a kill no more is read than what was written since the last checkpoint', async (context) => {
  skipWithoutCounting(context);
  await using directory = await temporaryDirectory();
  const sent = (IS_LONG ? 1024 : 240) * MiB;
  {
    await using server = await start(directory.path, 'ndjson');
    const token = await loginTo(server, 'dale');
    const part = `${JSON.stringify({ message: 'm'.repeat(100_000) })}\n`.repeat(160);
    for (let bytes = 0; bytes < sent; bytes += part.length)
      expect(await sendBulk(server, token, part)).toMatchObject({ status: 200 });
    await server.stop('SIGKILL');
  }
  await using server = await start(directory.path, 'ndjson');
  expect(await readAtStart(server)).toBeLessThan(MOST_READ_BY_RECOVERY + MOST_SINCE_CHECKPOINT);
});

function skipWithoutCounting(context: TestContext): void {
  if (bytesRead(process.pid) === undefined) context.skip('what a process reads is not counted here');
}

let readByAnEmptyOne: Promise<number> | undefined;

/** How much more than one with nothing to read a server has read so far, in bytes. */
async function readAtStart(server: GatherdProcess): Promise<number> {
  const read = bytesRead(server.pid) ?? 0;
  readByAnEmptyOne ??= readWithoutADump();
  return read - (await readByAnEmptyOne);
}

async function readWithoutADump(): Promise<number> {
  await using empty = await temporaryDirectory();
  await using server = await start(empty.path, 'ndjson');
  return bytesRead(server.pid) ?? 0;
}

// What a power cut leaves where a commit began behind this, up to the next sector.
function holeIn(before: string): string {
  return '\0'.repeat(512 - (Buffer.byteLength(before) % 512));
}

/** A dump as a server leaves it, with {@link OLD} in it. */
async function writeDump(dataDir: string, format: Format): Promise<string> {
  const path = join(dataDir, `dump.${format}`);
  await writeFile(path, WHOLE[format]);
  return path;
}

async function sendOne(dataDir: string, format: Format, message: string): Promise<void> {
  await using server = await ServedGatherd.start({ dataDir, env: { GATHERD_DUMP_FORMAT: format } });
  using client = new GatherClient(server);
  expect((await client.message(await loginTo(server, 'dale'), message)).status).toBe(201);
  await server.stop();
}

function start(dataDir: string, format: Format): Promise<GatherdProcess> {
  return GatherdProcess.start({ dataDir, env: { GATHERD_DUMP_FORMAT: format } });
}

/** A hole, then 32 MiB of records up to about a size; answers the number of the last one. */
async function writeSparseDump(path: string, size: number): Promise<number> {
  await using file = await open(path, 'w');
  let seq = 0;
  for (let position = size - 32 * MiB; position < size;) {
    let lines = seq === 0 ? '\n' : '';
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
