// Starts the servers and the load generators, each a process of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { watchChild } from './workspace.mjs';

const GATHERD = fileURLToPath(new URL('../../dist/server/main.js', import.meta.url));
const PORT = /listens on https?:\/\/\S+:(\d+)/;

/** What would refuse so much from one address, a token that outlives every benchmark, and no word of starting and stopping. */
const SETTINGS = {
  GATHERD_HANDSHAKE_RATE: '0',
  GATHERD_REGISTRATION_RATE: '0',
  GATHERD_LOGIN_RATE: '0',
  GATHERD_WRONG_PASSWORDS: '0',
  GATHERD_TOKEN_TTL: '604800',
  GATHERD_LOG_LEVEL: 'warn',
};

/**
 * Starts gatherd on a free port of loopback.
 *
 * @param nodeOptions - of Node itself, in front of the program
 * @param settings - beside those of every benchmark
 */
export function startGatherd(dataDir, nodeOptions = [], settings = {}) {
  return startServer([...nodeOptions, GATHERD, '--port', '0', '--data-dir', dataDir], {
    ...SETTINGS,
    ...settings,
  });
}

/** Makes an administrator in a data directory. */
export async function createAdmin(dataDir, { name, password }) {
  const args = [GATHERD, 'admin', 'create', name, '--data-dir', dataDir];
  const child = watchChild(spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'inherit'] }));
  child.stdin.end(`${password}\n`);
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`gatherd admin create ended with ${String(code)}`);
}

/**
 * Starts a server that says where it listens; resolves when it has.
 *
 * @returns its port, its process id, how many milliseconds it took to listen, and how to stop it: SIGTERM, then waiting
 */
export async function startServer(args, env = {}) {
  const began = performance.now();
  const child = watchChild(
    spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] }),
  );
  const hasEnded = once(child, 'exit');
  const port = await portOf(child, args);
  const startMs = performance.now() - began;
  child.stdout.resume();
  const stop = async (signal = 'SIGTERM') => {
    child.kill(signal);
    await hasEnded;
  };
  return { port, pid: child.pid, startMs, stop };
}

async function portOf(child, args) {
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) {
    const port = PORT.exec(line)?.[1];
    if (port !== undefined) return Number(port);
  }
  throw new Error(`${args.join(' ')} did not start`);
}

/** Runs a load generator to its end: it takes its options as JSON, and prints what it has measured as JSON. */
export async function runLoad(program, options) {
  const child = watchChild(
    spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] }),
  );
  const parts = [];
  child.stdout.on('data', (part) => parts.push(part));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ended with ${String(code)}`);
  return JSON.parse(Buffer.concat(parts).toString());
}

/**
 * Starts a load generator that does one thing after another; resolves when it is ready.
 *
 * @returns its process id, how to ask it for something and get its answer, and how to end it
 */
export async function startLoad(program, options) {
  const child = watchChild(
    spawn(process.execPath, [program, JSON.stringify(options)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    }),
  );
  const ended = once(child, 'exit');
  const failed = ended.then(([code]) => {
    throw new Error(`${program} ended with ${String(code)}`);
  });
  failed.catch(() => undefined);
  const answer = async () => {
    const [first] = await Promise.race([once(child, 'message'), failed]);
    return first;
  };
  await answer();
  const ask = (what, more = {}) => {
    child.send({ what, ...more });
    return answer();
  };
  const stop = async () => {
    if (child.connected) child.disconnect();
    await ended;
  };
  return { pid: child.pid, ask, stop };
}
