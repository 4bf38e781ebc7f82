import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Whether the long forms of the tests are asked for (`npm run test:long`). */
export const IS_LONG = process.env['GATHERD_TEST_LONG'] === '1';

/** How often a property is tried: so often in the long form, a fourth of it in the short one. */
export const runsOf = (count: number): number => (IS_LONG ? count : Math.ceil(count / 4));

/** Whether a command ends with 0 here. */
export function canRun(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** Resident memory of a process in MiB, from Linux' /proc; undefined elsewhere. */
export function residentMiB(pid: number): number | undefined {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(procFile(pid, 'status'))?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
}

/** The most that has been resident of a process, in MiB, from Linux' /proc; undefined elsewhere. */
export function peakMiB(pid: number): number | undefined {
  const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(procFile(pid, 'status'))?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
}

/** Bytes that a process has read so far, from Linux' /proc; undefined elsewhere. */
export function bytesRead(pid: number): number | undefined {
  const bytes = /^rchar: (\d+)/m.exec(procFile(pid, 'io'))?.[1];
  return bytes === undefined ? undefined : Number(bytes);
}

function procFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${String(pid)}/${name}`, 'utf8');
  } catch {
    return '';
  }
}
