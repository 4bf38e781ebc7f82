// Measures the MESSAGE path, durable and authenticated, against bare Express in the same run, and prints one table.
// Usage: npm run bench [-- SECONDS ROUNDS]
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const run = promisify(execFile);
const [seconds = '5', rounds = '3'] = process.argv.slice(2);
// Node gives back what starting up took after some seconds without work.
const SETTLE_MS = 30_000;
const MESSAGE = 'x'.repeat(100);
const NO_LIMITS = { GATHERD_HANDSHAKE_RATE: '0', GATHERD_LOGIN_RATE: '0', GATHERD_TOKEN_TTL: '86400' };

const dataDir = await mkdtemp(join(tmpdir(), 'gatherd-bench-'));
const express = await start([here('bare-express.mjs')]);
const startGatherd = () =>
  start([here('../dist/server/main.js'), '--port', '0', '--data-dir', dataDir], NO_LIMITS);
// The first start makes the database, which takes memory that later ones don't.
(await startGatherd()).kill();
const gatherd = await startGatherd();
try {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const idle = await residentMiB(gatherd.pid);
  const token = await authenticate(gatherd.port);
  const cases = [
    {
      name: 'bare Express, express.json(), nothing stored',
      port: express.port,
      connections: 64,
      isBaseline: true,
    },
    ...[1, 16, 64].map((connections) => ({
      name: 'gatherd MESSAGE, durable',
      port: gatherd.port,
      connections,
    })),
  ];
  const body = JSON.stringify({ message_type: 'MESSAGE', token, message: MESSAGE });
  for (let round = 0; round < Number(rounds); round += 1) {
    for (const each of cases) (each.results ??= []).push(await load(each, body));
  }
  print(cases, idle, await residentMiB(gatherd.pid));
} finally {
  express.kill();
  gatherd.kill();
  await rm(dataDir, { recursive: true, force: true });
}

async function start(args, env = {}) {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /listens on http:\/\/\S+:(\d+)/.exec(line)?.[1];
    if (port !== undefined) return { port: Number(port), pid: child.pid, kill: () => child.kill('SIGKILL') };
  }
  throw new Error(`${args[0]} did not start`);
}

async function authenticate(port) {
  await post(port, { message_type: 'IDENTIFY', username: 'bench' });
  return (await post(port, { message_type: 'AUTHENTICATE', username: 'bench', password: 'bench' })).token;
}

async function post(port, body) {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  return answer.json();
}

async function load({ port, connections }, body) {
  const { stdout } = await run(process.execPath, [here('load.mjs'), port, connections, seconds, body]);
  return JSON.parse(stdout);
}

function print(cases, idle, after) {
  const baseline = median(cases.find((each) => each.isBaseline).results.map((result) => result.perSecond));
  console.log('| server | connections | messages/s | p50 ms | p99 ms | to bare Express |');
  console.log('| --- | ---: | ---: | ---: | ---: | ---: |');
  for (const { name, connections, results } of cases) {
    const of = (key) => median(results.map((result) => result[key]));
    const ratio = of('perSecond') / baseline;
    const failures = results.reduce((sum, result) => sum + result.failures, 0);
    const cells = [
      name,
      connections,
      of('perSecond').toFixed(0),
      of('p50').toFixed(2),
      of('p99').toFixed(2),
      ratio.toFixed(2),
    ];
    console.log(`| ${cells.join(' | ')} |${failures === 0 ? '' : ` ${failures} failures`}`);
  }
  console.log(`\nResident memory of gatherd: ${idle} MiB idle, ${after} MiB after the load.`);
}

async function residentMiB(pid) {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024);
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
