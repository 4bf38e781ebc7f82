// What the system knows of a process, from /proc: NaN where there is none.
import { readFileSync } from 'node:fs';

/** How many of /proc's ticks are a second: the same on every Linux that Node runs on. */
const TICKS = 100;
const USER_TICKS = 13;
const SYSTEM_TICKS = 14;

/** The CPU time that all threads of a process have taken so far, in seconds. */
export function cpuSeconds(pid) {
  const stat = read(pid, 'stat');
  // The name, in parentheses, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = (index) => Number(fields[index - 2] ?? Number.NaN);
  return (ticks(USER_TICKS) + ticks(SYSTEM_TICKS)) / TICKS;
}

/** What a process has in memory now, in MiB. */
export function residentMiB(pid) {
  return statusMiB(pid, 'VmRSS');
}

/** The most that a process has had in memory, in MiB. */
export function peakMiB(pid) {
  return statusMiB(pid, 'VmHWM');
}

function statusMiB(pid, name) {
  return Number(new RegExp(`${name}:\\s+(\\d+)`).exec(read(pid, 'status'))?.[1] ?? Number.NaN) / 1024;
}

function read(pid, name) {
  try {
    return readFileSync(`/proc/${String(pid)}/${name}`, 'utf8');
  } catch {
    return '';
  }
}
