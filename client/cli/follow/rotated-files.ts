import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type FileIdentity, type FileStanding, isSameFile, standingOf } from './followed-file.js';

/** A file under a name that a rotation may have given it, or the followed name itself. */
export interface Candidate extends FileStanding {
  readonly path: string;
}

// What logrotate and its like put behind a name: a number or a date. Compressed ones are no text any more.
const ROTATED_SUFFIX = /^[.-]\d[\d.T:_-]*$/;

/**
 * The file of this path, and all that may be what it was before, the oldest first. Of two that were changed in the same tick of
 * the clock the one with the higher number is older, as logrotate has it.
 */
export async function candidates(path: string): Promise<Candidate[]> {
  const directory = dirname(path);
  const base = basename(path);
  const names = await readdir(directory).catch(() => []);
  const rotated = names.filter(
    (name) => name.startsWith(base) && ROTATED_SUFFIX.test(name.slice(base.length)),
  );
  const found = await Promise.all([...rotated, base].map((name) => candidate(join(directory, name))));
  const files = found.filter((one) => one !== undefined);
  const isCurrent = (one: Candidate): number => (one.path === path ? 1 : 0);
  return files.sort(
    (one, other) =>
      isCurrent(one) - isCurrent(other) ||
      one.changedAt - other.changedAt ||
      numberOf(other.path) - numberOf(one.path),
  );
}

/** The files that were begun after another one, the oldest first; the last is the one that has the name now. */
export async function filesAfter(path: string, old: FileStanding): Promise<Candidate[]> {
  const files = await candidates(path);
  const index = files.findIndex((one) => isSameFile(one, old));
  if (index !== -1) return files.slice(index + 1);
  // It is gone, and what was older went before it.
  return files.filter((one) => one.path === path || one.changedAt >= old.changedAt);
}

/** What has the name now; undefined where nothing has. */
export async function fileNamed(path: string): Promise<FileIdentity | undefined> {
  return candidate(path);
}

function numberOf(path: string): number {
  return Number(/\.(\d{1,6})$/.exec(path)?.[1] ?? 0);
}

async function candidate(path: string): Promise<Candidate | undefined> {
  const stats = await stat(path, { bigint: true }).catch(() => undefined);
  return stats?.isFile() === true ? { path, ...standingOf(stats) } : undefined;
}
