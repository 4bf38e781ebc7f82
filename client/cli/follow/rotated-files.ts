import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type FileIdentity, type FileStanding, isSameFile, standingOf } from './followed-file.js';

/** A file under a name that a rotation may have given it, or the followed name itself. */
export interface Candidate extends FileStanding {
  readonly path: string;
}

// What logrotate and its like put behind a name: a number or a date. Compressed ones are no text any more.
const ROTATED_SUFFIX = /^[.-]\d[\d.T:_-]*$/;

/** The file of this path, and all that may be what it was before; the one that was changed last comes last. */
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
  return files.sort((one, other) => isCurrent(one) - isCurrent(other) || one.changedAt - other.changedAt);
}

/** The file that was begun after another one: the next that was rotated since, or the one that has the name now. */
export async function fileAfter(path: string, old: FileStanding): Promise<Candidate | undefined> {
  const files = (await candidates(path)).filter((one) => !isSameFile(one, old));
  return files.find((one) => one.path === path || one.changedAt > old.changedAt);
}

/** What has the name now; undefined where nothing has. */
export async function fileNamed(path: string): Promise<FileIdentity | undefined> {
  return candidate(path);
}

async function candidate(path: string): Promise<Candidate | undefined> {
  const stats = await stat(path, { bigint: true }).catch(() => undefined);
  return stats?.isFile() === true ? { path, ...standingOf(stats) } : undefined;
}
