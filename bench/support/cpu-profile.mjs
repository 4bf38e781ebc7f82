// Reads what `node --cpu-prof` writes: which function was on top of the stack in each sample.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Samples of these are of no function of ours: the thread waited, or V8 does not say. */
const IDLE = '(idle)';
/** The main thread's profile, as Node names it: date, time, process, thread, number. */
const OF_MAIN_THREAD = /^CPU\.\d+\.\d+\.\d+\.0\.\d+\.cpuprofile$/;

/** Reads the main thread's profile in a directory. */
export async function readProfile(directory) {
  const name = (await readdir(directory)).find((each) => OF_MAIN_THREAD.test(each));
  if (name === undefined) throw new Error(`no profile in ${directory}`);
  return JSON.parse(await readFile(join(directory, name), 'utf8'));
}

/**
 * The own time of each function, without that of what it calls, between two times.
 *
 * @param fromMicros - by the clock of the machine, in microseconds, as `toMicros`
 * @param keyOf - what is counted together: a function of the call frame
 * @returns how busy the thread was, 0 to 1, and the keys by their share of the busy time, largest first
 */
export function selfTimes({ nodes, samples, timeDeltas, startTime }, { fromMicros, toMicros }, keyOf) {
  const keys = new Map(nodes.map(({ id, callFrame }) => [id, keyOf(callFrame)]));
  const times = new Map();
  let at = startTime;
  for (const [index, id] of samples.entries()) {
    at += timeDeltas[index];
    // A sample stands for the time until the next one.
    const micros = timeDeltas[index + 1] ?? 0;
    if (at >= fromMicros && at < toMicros) times.set(keys.get(id), (times.get(keys.get(id)) ?? 0) + micros);
  }
  const all = sum(times.values());
  times.delete(IDLE);
  const busy = sum(times.values());
  const shares = [...times].map(([key, micros]) => ({ key, share: micros / busy, micros }));
  return { busyShare: busy / all, shares: shares.sort((a, b) => b.share - a.share) };
}

function sum(values) {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
