// Measures a large file of lines on its way to the server: gather pipe against curl, and gatherd against a server that
// only counts lines. Usage: npm run bench -- pipe [--megabytes 1000] [--rounds 3] [--dir DIR]
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from './support/commands.mjs';
import { countRecords } from './support/dump-records.mjs';
import { makeLogFile } from './support/log-file.mjs';
import { readOptions } from './support/options.mjs';
import { prepareData, USER } from './support/prepared-data.mjs';
import { cpuSeconds, peakMiB } from './support/process-stats.mjs';
import { startGatherd, startServer } from './support/processes.mjs';
import { alternate } from './support/rounds.mjs';
import { printMachine, printTable, shown } from './support/table.mjs';
import { openWorkspace } from './support/workspace.mjs';

const COUNTING = fileURLToPath(import.meta.resolve('./servers/counting-lines.mjs'));
const GATHER = fileURLToPath(new URL('../dist/gather.mjs', import.meta.url));

const options = readOptions({ megabytes: 1000, rounds: 3, dir: undefined });
const workspace = openWorkspace(options.dir);
const data = await prepareData(workspace);
const file = join(workspace, 'app.log');
const made = await makeLogFile(file, options.megabytes * 1e6);
const curlOptions = ['-sS', '--fail-with-body', '-X', 'POST', '-H', 'Content-Type: text/plain'];
const gatherSettings = await gatherEnvironment();

const cases = [
  { name: 'curl -T FILE to counting lines', isBaseline: true, command: (url) => curl(url, ['-T', file]) },
  {
    name: 'curl --data-binary @FILE to counting lines',
    isBaseline: true,
    command: (url) => curl(url, ['--data-binary', `@${file}`]),
  },
  { name: 'curl -T FILE to gatherd', command: (url) => curl(url, ['-T', file]) },
  { name: 'gather pipe < FILE to gatherd', command: gatherPipe, input: file },
];
const results = await alternate(cases, options.rounds, (each) =>
  each.isBaseline ? runBaseline(each) : runGatherd(each),
);
print(cases.map((each, index) => ({ ...each, ...results[index] })));

function curl(url, source) {
  return [
    'curl',
    ...curlOptions,
    '-H',
    `Authorization: Bearer ${data.token}`,
    ...source,
    `${url}/v1/messages`,
  ];
}

function gatherPipe(url) {
  return [process.execPath, GATHER, 'pipe', '--quiet', '--server', url];
}

async function gatherEnvironment() {
  const configDir = join(workspace, 'gather');
  const passwordFile = join(workspace, 'password');
  await mkdir(configDir, { mode: 0o700 });
  await writeFile(passwordFile, USER.password, { mode: 0o600 });
  return { GATHER_CONFIG_DIR: configDir, GATHER_USER: USER.name, GATHER_PASSWORD_FILE: passwordFile };
}

async function runBaseline(each) {
  const server = await startServer([COUNTING]);
  const result = await send(server, each);
  await server.stop();
  return result;
}

async function runGatherd(each) {
  const dataDir = await data.copy('run');
  const server = await startGatherd(dataDir);
  const result = await send(server, each);
  await server.stop();
  const records = await countRecords(dataDir);
  await rm(dataDir, { recursive: true });
  if (records !== made.lines)
    process.stdout.write(
      `FAILED: ${each.name}: ${String(made.lines)} lines, ${String(records)} in the dump\n`,
    );
  return { ...result, failures: result.failures + Number(records !== made.lines) };
}

async function send(server, { name, command, input }) {
  const before = cpuSeconds(server.pid);
  const run = await runCommand(command(`http://127.0.0.1:${String(server.port)}`), {
    input,
    env: gatherSettings,
  });
  if (run.hasFailed) process.stdout.write(`FAILED: ${name}: ${run.output}\n`);
  return {
    seconds: run.seconds,
    clientPeakMiB: run.peakMiB,
    clientCpu: run.cpuSeconds,
    serverPeakMiB: peakMiB(server.pid),
    serverCpu: cpuSeconds(server.pid) - before,
    failures: Number(run.hasFailed),
  };
}

function print(rows) {
  const megabytes = made.bytes / 1e6;
  printMachine(workspace);
  process.stdout.write(`A file of ${shown(megabytes)} MB in ${String(made.lines)} lines.\n\n`);
  printTable(
    [
      ['way', ({ name }) => name],
      ['seconds', ({ seconds }) => shown(seconds, 2)],
      ['MB/s', ({ seconds }) => shown(megabytes / seconds)],
      ['lines/s', ({ seconds }) => shown(made.lines / seconds)],
      ['to the first row', ({ seconds }) => shown(rows[0].seconds / seconds, 2)],
      ['client peak MiB', ({ clientPeakMiB }) => shown(clientPeakMiB)],
      ['server peak MiB', ({ serverPeakMiB }) => shown(serverPeakMiB)],
      ['client CPU s', ({ clientCpu }) => shown(clientCpu, 2)],
      ['server CPU s', ({ serverCpu }) => shown(serverCpu, 2)],
      ['failures', ({ failures }) => String(failures)],
    ],
    rows,
  );
}
