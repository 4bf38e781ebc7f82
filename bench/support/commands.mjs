// Runs a program to its end, and says what it took.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, closeSync } from 'node:fs';
import { setInterval, clearInterval } from 'node:timers';
import { cpuSeconds, peakMiB } from './process-stats.mjs';
import { watchChild } from './workspace.mjs';

/** How often a process is looked at: what it takes in its last moments is not seen. */
const LOOK_EVERY_MS = 20;

/**
 * Runs a program.
 *
 * @param input - the file that is its standard input; undefined where it has none
 * @returns seconds, peak of memory in MiB, CPU seconds, whether it failed, and what it printed
 */
export async function runCommand([program, ...args], { input, env = {} } = {}) {
  const stdin = input === undefined ? 'ignore' : openSync(input, 'r');
  const began = performance.now();
  const child = watchChild(
    spawn(program, args, { env: { ...process.env, ...env }, stdio: [stdin, 'pipe', 'inherit'] }),
  );
  const parts = [];
  child.stdout.on('data', (part) => parts.push(part));
  const seen = { peak: Number.NaN, cpu: Number.NaN };
  const look = () => {
    // Nothing is known any more of a process that has just ended.
    const [peak, cpu] = [peakMiB(child.pid), cpuSeconds(child.pid)];
    if (peak > 0) Object.assign(seen, { peak, cpu });
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  const [code] = await once(child, 'close');
  clearInterval(timer);
  if (input !== undefined) closeSync(stdin);
  return {
    seconds: (performance.now() - began) / 1000,
    peakMiB: seen.peak,
    cpuSeconds: seen.cpu,
    hasFailed: code !== 0,
    output: Buffer.concat(parts).toString(),
  };
}
