import type { DumpFileSystem, DumpHandle, FileIdentity } from './file-system.js';

/** What a fake file system can be told to fail at. */
export type FakeOperation =
  | 'open'
  | 'write'
  | 'read'
  | 'sync'
  | 'truncate'
  | 'identity'
  | 'identify'
  | 'syncEntry'
  | 'rename'
  | 'freeBytes';

/** One failure to come. */
export interface Fault {
  readonly operation: FakeOperation;
  /** Node's code for it: `ENOSPC`, `EIO`, … */
  readonly code: string;
  /** Calls of the operation that still succeed before it. */
  readonly skip?: number;
  /** Of a write: so many bytes are taken by a short write first; the next write then fails. */
  readonly takes?: number;
  /** Of a sync: the disk has destroyed every sector that it should have written. */
  readonly destroys?: true;
}

const PAGE = 4096;
const SECTOR = 512;

/**
 * A file system in memory that fails when it is told to, and loses what was not synced when it crashes.
 *
 * A file has two contents: what programs see, and what is on the disk. As in the kernel, a sync writes the pages that
 * are dirty; a sync that fails writes some sectors of them, or none, and marks all of them clean; a crash keeps the
 * disk, on which any sectors of dirty pages may have arrived, and either length of the file.
 */
export class FakeFileSystem implements DumpFileSystem {
  readonly calls: Record<FakeOperation, number> = {
    open: 0,
    write: 0,
    read: 0,
    sync: 0,
    truncate: 0,
    identity: 0,
    identify: 0,
    syncEntry: 0,
    rename: 0,
    freeBytes: 0,
  };
  /** What {@link freeBytes} answers. */
  free = Number.MAX_SAFE_INTEGER;
  /** What nobody may do: a sync or write on a descriptor whose sync has failed, a write before the undo. */
  readonly offences: string[] = [];
  readonly #random: () => number;
  readonly #files = new Map<string, FakeFile>();
  #faults: { fault: Fault; skip: number }[] = [];
  #callsUntilCrash = Number.POSITIVE_INFINITY;
  #syncGate: Promise<void> = Promise.resolve();
  #nextInode = 1n;
  #afterWrite: () => void = () => undefined;

  /** @param random - from 0 to below 1: which unsynced sectors reach the disk when a sync fails or in a crash */
  constructor(random: () => number = () => 0.75) {
    this.#random = random;
  }

  /** Whether the crash has come: every operation fails from then on. */
  get isDead(): boolean {
    return this.#callsUntilCrash <= 0;
  }

  fail(...faults: readonly Fault[]): void {
    for (const fault of faults) this.#faults.push({ fault, skip: fault.skip ?? 0 });
  }

  /** Takes back every failure that has not happened yet. */
  heal(): void {
    this.#faults = [];
  }

  /** Lets so many more operations through; then the machine is dead. */
  dieAfter(calls: number): void {
    this.#callsUntilCrash = calls;
  }

  /** Makes every sync wait until the answered function is called. */
  holdSyncs(): () => void {
    let release: () => void = () => undefined;
    this.#syncGate = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  }

  /** The machine as it comes up again after a crash now. */
  afterCrash(): FakeFileSystem {
    this.#callsUntilCrash = 0;
    const next = new FakeFileSystem(this.#random);
    for (const [path, file] of this.#files) {
      file.persistSome(this.#random);
      next.put(path, file.durable);
    }
    return next;
  }

  /** The same machine after only the program has died: what was written and not synced is still in the kernel. */
  afterKill(): FakeFileSystem {
    this.#callsUntilCrash = 0;
    const next = new FakeFileSystem(this.#random);
    next.#nextInode = this.#nextInode;
    for (const [path, file] of this.#files) next.#files.set(path, file);
    return next;
  }

  /** What a program sees in a file. */
  content(path: string): Buffer {
    return Buffer.from(this.#files.get(path)?.content ?? '');
  }

  /** Puts another file, which is durable, where a file may be. */
  put(path: string, content: Uint8Array | string): void {
    this.remove(path);
    this.#files.set(path, new FakeFile(this.#nextInode, content));
    this.#nextInode += 1n;
  }

  /** Adds to a file, durably, as another program would. */
  addTo(path: string, content: string): void {
    const file = this.#files.get(path);
    file?.write(Buffer.from(content), file.content.length);
    file?.persistAll();
  }

  /** Cuts a file short, durably, as another program would. */
  cut(path: string, size: number): void {
    const file = this.#files.get(path);
    if (file === undefined || file.content.length <= size) return;
    file.truncate(size);
    file.persistAll();
  }

  /** Has something done between the next write and whatever follows it. */
  afterNextWrite(act: () => void): void {
    this.#afterWrite = act;
  }

  remove(path: string): void {
    const file = this.#files.get(path);
    if (file !== undefined) file.links = 0n;
    this.#files.delete(path);
  }

  /** Moves a file, as another program would. */
  move(from: string, to: string): void {
    const file = this.#files.get(from);
    if (file !== undefined) this.#files.set(to, file);
    this.#files.delete(from);
  }

  /** Whether a write or sync of a file has failed and no sync has succeeded since. */
  hasFailed(path: string): boolean {
    return this.#files.get(path)?.hasFailed ?? false;
  }

  async open(path: string): Promise<DumpHandle> {
    await this.#enter('open');
    if (!this.#files.has(path)) {
      this.#files.set(path, new FakeFile(this.#nextInode));
      this.#nextInode += 1n;
    }
    return this.#handle(this.#files.get(path) ?? new FakeFile(0n));
  }

  async identify(path: string): Promise<FileIdentity | undefined> {
    await this.#enter('identify');
    return this.#files.get(path)?.identity();
  }

  async syncEntry(): Promise<void> {
    await this.#enter('syncEntry');
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#enter('rename');
    this.move(from, to);
  }

  async freeBytes(): Promise<number> {
    await this.#enter('freeBytes');
    return this.free;
  }

  #handle(file: FakeFile): DumpHandle {
    let isOpen = true;
    let hasFailedSync = false;
    const enter = async (operation: FakeOperation): Promise<Fault | undefined> => {
      if (!isOpen) throw systemError('EBADF', operation);
      if (hasFailedSync && (operation === 'sync' || operation === 'write')) {
        this.offences.push(`${operation} on a descriptor whose sync has failed`);
      }
      try {
        return await this.#enter(operation);
      } catch (error) {
        if (operation === 'write' || operation === 'sync') file.hasFailed = true;
        if (operation === 'sync') {
          hasFailedSync = true;
          if (!this.isDead) file.persistSome(this.#random, (error as FakeError).destroys);
        }
        throw error;
      }
    };
    return {
      write: async (data, position) => {
        if (file.isSuspect) this.offences.push('write before what had failed was cut off');
        const short = await enter('write');
        const taken = Math.min(short?.takes ?? data.length, data.length);
        file.write(data.subarray(0, taken), position);
        const act = this.#afterWrite;
        this.#afterWrite = () => undefined;
        act();
        return taken;
      },
      read: async (buffer, position) => {
        await enter('read');
        buffer.set(file.content.subarray(position, position + buffer.length));
        return Math.max(0, Math.min(buffer.length, file.content.length - position));
      },
      byteAt: async (position) => {
        await enter('read');
        return file.content[position];
      },
      sync: async () => {
        await this.#syncGate;
        await enter('sync');
        file.persistAll();
      },
      truncate: async (length) => {
        await enter('truncate');
        file.truncate(length);
      },
      identity: async () => {
        await enter('identity');
        return file.identity();
      },
      close: () => {
        isOpen = false;
        return Promise.resolve();
      },
    };
  }

  // Counts a call, and fails it or has it take less where that is due.
  async #enter(operation: FakeOperation): Promise<Fault | undefined> {
    this.calls[operation] += 1;
    this.#callsUntilCrash -= 1;
    await Promise.resolve();
    if (this.isDead) throw systemError('EIO', operation);
    const due = this.#faults.find((each) => each.fault.operation === operation && each.skip-- <= 0);
    if (due === undefined) return undefined;
    this.#faults = this.#faults.filter((each) => each !== due);
    const { code, takes = 0, destroys = false } = due.fault;
    if (operation !== 'write' || takes === 0) throw systemError(code, operation, destroys);
    this.#faults.unshift({ fault: { operation, code }, skip: 0 });
    return due.fault;
  }
}

class FakeFile {
  content: Buffer;
  durable: Buffer;
  links = 1n;
  hasFailed = false;
  #syncedLength = 0;
  readonly #inode: bigint;
  readonly #dirtyPages = new Set<number>();

  constructor(inode: bigint, content: Uint8Array | string = '') {
    this.#inode = inode;
    this.content = Buffer.from(content);
    this.durable = Buffer.from(content);
    this.#syncedLength = this.content.length;
  }

  // Whether a write or sync has failed, and what it left is still there.
  get isSuspect(): boolean {
    return this.hasFailed && this.content.length > this.#syncedLength;
  }

  identity(): FileIdentity {
    return { inode: this.#inode, links: this.links, size: this.content.length };
  }

  write(data: Uint8Array, position: number): void {
    const end = position + data.length;
    if (end > this.content.length) this.content = resized(this.content, end);
    this.content.set(data, position);
    for (let page = Math.floor(position / PAGE); page * PAGE < end; page += 1) this.#dirtyPages.add(page);
  }

  truncate(length: number): void {
    this.content = resized(this.content, length);
    for (const page of this.#dirtyPages) if (page * PAGE >= length) this.#dirtyPages.delete(page);
  }

  persistAll(): void {
    this.durable = resized(this.durable, this.content.length);
    for (const page of this.#dirtyPages) this.#persist(page * PAGE, PAGE);
    this.#dirtyPages.clear();
    this.#syncedLength = this.content.length;
    this.hasFailed = false;
  }

  persistSome(random: () => number, destroys = false): void {
    const length = random() < 0.5 ? this.durable.length : this.content.length;
    this.durable = resized(this.durable, length);
    for (const page of this.#dirtyPages) {
      for (let start = page * PAGE; start < (page + 1) * PAGE; start += SECTOR) {
        if (destroys) this.durable.subarray(start, start + SECTOR).fill(0xff);
        else if (random() < 0.5) this.#persist(start, SECTOR);
      }
    }
    this.#dirtyPages.clear();
  }

  #persist(start: number, length: number): void {
    const end = Math.min(start + length, this.durable.length);
    if (start < end) this.durable.set(this.content.subarray(start, end), start);
  }
}

function resized(content: Buffer, length: number): Buffer<ArrayBuffer> {
  const next = Buffer.alloc(length);
  next.set(content.subarray(0, length));
  return next;
}

interface FakeError extends NodeJS.ErrnoException {
  readonly destroys: boolean;
}

function systemError(code: string, operation: string, destroys = false): FakeError {
  return Object.assign(new Error(`${code}: ${operation} failed, as it was told to`), { code, destroys });
}
