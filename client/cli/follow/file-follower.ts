import type { SourcePosition } from '../../spool/format/source-position.js';
import { KEPT_NO_MORE, type Rejected, setAside } from '../../spool/storage/set-aside.js';
import type { SpoolFiles } from '../../spool/storage/spool-files.js';
import { groupsOf, type SpoolEntry } from '../../spool/storage/spool-entry.js';
import type { SpoolWriter } from '../../spool/storage/spool-writer.js';
import { FollowedFile, type FileStanding, isSameFile } from './followed-file.js';
import { type CutLine, type CutRefusal, LineCutter } from './line-cutter.js';
import { entriesOf } from './line-entries.js';
import { candidates } from './rotated-files.js';
import { Successors } from './successors.js';

export interface FileFollowerOptions {
  /** Absolute. */
  readonly path: string;
  readonly writer: SpoolWriter;
  /** Where lines go that cannot be sent. */
  readonly files: SpoolFiles;
  /** Where to begin in a file that is there and was never followed. */
  readonly from: 'start' | 'end';
  /** What is sent for a line. */
  readonly itemOf: (text: string) => string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly warn: (text: string) => void;
}

interface Reading {
  readonly file: FollowedFile;
  cutter: LineCutter;
  /** When nothing more came of a file whose name another one has, for the first time; milliseconds since the epoch. */
  quietSince: number | undefined;
}

const CHUNK_BYTES = 256 * 1024;
// A program goes on writing to a rotated file until it is told of it.
const QUIET_MS = 1_000;

/**
 * Takes the lines of one file into the spool, by its name. Each line's record holds how far the file has been taken, so
 * whatever happens, the next start goes on right after the last line that is in the spool.
 */
export class FileFollower {
  readonly #options: FileFollowerOptions;
  readonly #successors: Successors;
  #reading: Reading | undefined;
  constructor(options: FileFollowerOptions) {
    this.#options = options;
    this.#successors = new Successors(options.path);
  }

  /** Takes what there is, at most one chunk. False where there was nothing to do. Rejects where file or spool fail. */
  async step(): Promise<boolean> {
    this.#reading ??= await this.#resume();
    if (this.#reading === undefined) return false;
    const { file, cutter } = this.#reading;
    const chunk = await file.read(cutter.offset, CHUNK_BYTES);
    if (await this.#isTruncated(this.#reading)) return this.#restart(this.#reading);
    if (chunk.length === 0) return this.#lookForNext(this.#reading);
    this.#reading.quietSince = undefined;
    await this.#add(file, cutter.push(chunk));
    return true;
  }

  /**
   * Takes hold of the file that has the name now, where it is another one than before. To be called often, also while a step
   * waits for room: what is not held when it is overwritten is lost.
   */
  async notice(): Promise<void> {
    if (this.#reading !== undefined) await this.#successors.notice(this.#reading.file);
  }

  /** Goes back to what the spool holds, after a failure. */
  async rewind(): Promise<void> {
    const known = this.#options.writer.sources.get(this.#options.path);
    const current = this.#reading;
    if (current !== undefined && known !== undefined && isSameFile(known, current.file.identity))
      current.cutter = new LineCutter(known.offset);
    else await this.close();
  }

  /** Lets go of all files; a step would begin again from what the spool holds. */
  async close(): Promise<void> {
    const file = this.#reading?.file;
    this.#reading = undefined;
    await this.#successors.close();
    await file?.[Symbol.asyncDispose]();
  }

  async #resume(): Promise<Reading | undefined> {
    const known = this.#options.writer.sources.get(this.#options.path);
    if (known === undefined) return this.#begin();
    const found = (await candidates(this.#options.path)).find((one) => isSameFile(one, known));
    const file = found === undefined ? undefined : await openKnown(found.path, known);
    if (file !== undefined) {
      await this.#successors.holdAllAfter(await file.standing());
      return reading(file, known.offset);
    }
    const isCurrent = found?.path === this.#options.path;
    // What was truncated begins anew; of what is gone nothing is left to take.
    if (known.inode !== '' && !isCurrent)
      this.#options.warn(
        `${this.#options.path} was replaced, and what it was is gone: going on with what it is now`,
      );
    const current = await FollowedFile.open(this.#options.path);
    return current === undefined ? undefined : this.#startOf(current);
  }

  // The first time: where it begins is in the spool before anything of it is.
  async #begin(): Promise<Reading | undefined> {
    const { path, from, writer } = this.#options;
    const file = await FollowedFile.open(path);
    if (file === undefined) {
      const print = { length: 0, hash: '' };
      await writer.add([{ items: [], source: { file: path, device: '', inode: '', print, offset: 0 } }]);
      return undefined;
    }
    const offset = from === 'start' ? 0 : (await file.standing()).size;
    await writer.add([{ items: [], source: await this.#positionIn(file, offset) }]);
    return reading(file, offset);
  }

  async #startOf(file: FollowedFile): Promise<Reading> {
    await this.#options.writer.add([{ items: [], source: await this.#positionIn(file, 0) }]);
    return reading(file, 0);
  }

  async #isTruncated({ file, cutter }: Reading): Promise<boolean> {
    const { size } = await file.standing();
    return size < cutter.offset || !(await file.hasPrint(await file.printUpTo(cutter.offset)));
  }

  async #restart(current: Reading): Promise<boolean> {
    const { file, cutter } = current;
    const rest = cutter.end();
    file.restart();
    await this.#add(file, rest === undefined ? [] : [{ ...rest, end: 0 }]);
    await this.#options.writer.add([{ items: [], source: await this.#positionIn(file, 0) }]);
    current.cutter = new LineCutter(0);
    return true;
  }

  async #lookForNext(current: Reading): Promise<boolean> {
    const { now } = this.#options;
    await this.notice();
    if (!this.#successors.isAny) return false;
    const standing = await current.file.standing();
    current.quietSince ??= now();
    // The clock may have been set back meanwhile; the file's own may be another one's.
    const isLongQuiet = now() - standing.changedAt >= QUIET_MS;
    if (!isLongQuiet && Math.abs(now() - current.quietSince) < QUIET_MS) return false;
    return this.#goOn(current, standing);
  }

  // The line that was never ended is whole now.
  async #goOn({ file, cutter }: Reading, standing: FileStanding): Promise<boolean> {
    const rest = cutter.end();
    if (rest !== undefined) await this.#add(file, [rest]);
    const next = await this.#successors.first(standing);
    if (next === undefined) return false;
    this.#reading = await this.#startOf(next);
    this.#successors.drop();
    await file[Symbol.asyncDispose]();
    return true;
  }

  async #add(file: FollowedFile, lines: readonly CutLine[]): Promise<void> {
    const { itemOf, writer } = this.#options;
    for (const line of lines) if (line.kind === 'refusal') await this.#setAside(line);
    const entries: SpoolEntry[] = [];
    for (const { texts, end } of entriesOf(lines))
      entries.push({ items: texts.map(itemOf), source: await this.#positionIn(file, end) });
    for (const group of groupsOf(entries, writer.groupBytes)) await writer.add(group);
  }

  async #setAside(line: CutRefusal): Promise<void> {
    const { files, path, now, warn } = this.#options;
    const isKept = await setAside(files, rejectionOf(path, line, now()));
    warn(`A line of ${path} is ${isKept ? 'kept in rejected.ndjson' : KEPT_NO_MORE}: ${line.reason}`);
  }

  async #positionIn(file: FollowedFile, offset: number): Promise<SourcePosition> {
    return { file: this.#options.path, ...file.identity, print: await file.printUpTo(offset), offset };
  }
}

// Undefined where it is another one by now, or was truncated.
async function openKnown(path: string, { print, offset }: SourcePosition): Promise<FollowedFile | undefined> {
  const file = await FollowedFile.open(path);
  if (file === undefined) return undefined;
  if ((await file.hasPrint(print)) && (await file.standing()).size >= offset) return file;
  await file[Symbol.asyncDispose]();
  return undefined;
}

function reading(file: FollowedFile, offset: number): Reading {
  return { file, cutter: new LineCutter(offset), quietSince: undefined };
}

function rejectionOf(file: string, { begin, end, reason, start }: CutRefusal, now: number): Rejected {
  const at = new Date(now).toISOString();
  return { at, reason, file, offset: begin, bytes: end - begin, start: start.toString('base64') };
}
