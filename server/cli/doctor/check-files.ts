import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from '../../config/settings.js';
import { DUMP_FORMATS } from '../../dump/format/dump-formats.js';
import { nodeFileSystem } from '../../dump/file-system.js';
import { ok, problem, warning, type Finding } from './finding.js';

const DATABASE_FILES = ['gatherd.db', 'gatherd.db-wal', 'owner.db'];
const OTHERS = 0o077;
const STALE_LOCK_MS = 10_000;

/** Looks at a data directory: whether others may enter it, how full its disk is, who holds the dump. */
export async function checkFiles(settings: Settings, now: Date): Promise<Finding[]> {
  const { dataDir } = settings;
  const found = await stat(dataDir).catch(() => undefined);
  if (found === undefined) return [ok('data directory', `${dataDir} is made at the first start`)];
  if (!found.isDirectory()) return [problem('data directory', `${dataDir} is no directory: see --data-dir`)];
  return [
    ...(await checkModes(dataDir, found.mode)),
    ...(await checkSpace(dataDir, settings.freeSpaceReserve)),
    ...(await checkDumpLock(join(dataDir, DUMP_FORMATS[settings.dumpFormat].fileName), now)),
  ];
}

async function checkModes(dataDir: string, mode: number): Promise<Finding[]> {
  // Windows has no such modes.
  if (process.platform === 'win32') return [];
  const open: Finding[] = [];
  if ((mode & OTHERS) !== 0)
    open.push(warning('data directory', `other users may enter ${dataDir}: chmod go= it`));
  for (const path of DATABASE_FILES.map((name) => join(dataDir, name))) {
    const found = await stat(path).catch(() => ({ mode: 0 }));
    if ((found.mode & OTHERS) !== 0)
      open.push(problem('data directory', `other users may read ${path}: chmod 600 it`));
  }
  return open.length > 0 ? open : [ok('data directory', `${dataDir} is its owner's only`)];
}

async function checkSpace(dataDir: string, reserve: number): Promise<Finding[]> {
  const free = await nodeFileSystem.freeBytes(dataDir).catch(() => undefined);
  if (free === undefined) return [];
  const text = `${String(Math.floor(free / 2 ** 20))} MiB are free`;
  if (free < reserve)
    return [problem('disk', `${text}, less than GATHERD_FREE_SPACE_RESERVE: nothing is stored`)];
  return [
    free < 4 * reserve ? warning('disk', `${text}: soon nothing is stored any more`) : ok('disk', text),
  ];
}

async function checkDumpLock(dump: string, now: Date): Promise<Finding[]> {
  const lock = await stat(`${dump}.lock`).catch(() => undefined);
  if (lock === undefined) return [ok('dump', 'nobody holds its lock')];
  const ageMs = now.getTime() - lock.mtimeMs;
  if (ageMs < STALE_LOCK_MS) return [ok('dump', 'its lock is held by a program that is there')];
  return [
    warning('dump', `${dump}.lock is of a program that is dead: it is broken when gatherd writes next`),
  ];
}
