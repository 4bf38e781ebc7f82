// A directory for the data of one benchmark. It and all processes that were started are gone when the benchmark ends,
// also by Ctrl+C: some of them write tens of gigabytes.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What must be ended before the directory can go. */
const children = new Set();

/**
 * Makes the directory.
 *
 * @param parent - where; undefined for the system's directory of temporary files
 * @returns {string} its path
 */
export function openWorkspace(parent = tmpdir()) {
  const path = mkdtempSync(join(parent, 'gatherd-bench-'));
  process.once('exit', () => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(path, { recursive: true, force: true, maxRetries: 5 });
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));
  return path;
}

/** Takes note of a child process until it has ended. */
export function watchChild(child) {
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}
