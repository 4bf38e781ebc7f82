import { createHmac } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import { syncDirectory } from '../../data-directory/sync-directory.js';
import type { ChainEnd } from './audit-chain.js';

/*
 * The end of the audit log, kept outside the database: a chain of hashes does not tell that its newest lines are gone.
 *
 * The file has two places of 256 bytes. Each holds a line of JSON, filled up with spaces: the number and hash of a line,
 * and an HMAC-SHA-256 of both under the audit key. They are written by turns, so that one is whole whenever writing is
 * broken off; the one with the higher number counts. It is written when the line is durable in the database, so the
 * file never tells of a line that was not there.
 */
const PLACE_BYTES = 256;
const SYNC_AFTER_MS = 1000;

const place = z.strictObject({ seq: z.number().int().min(0), hash: z.string(), mac: z.string() });

/** The file of the log's end, open. */
export interface AuditEndFile extends AsyncDisposable {
  /** What it said when it was opened; undefined where there was none, or none that was made under the key. */
  readonly found: ChainEnd | undefined;
  /** Writes it anew; it is synced within a second. One at a time. @throws Node's error */
  write(end: ChainEnd): Promise<void>;
}

/** Opens the file, and makes it where there is none. @throws Node's error */
export async function openAuditEndFile(path: string, auditKey: Buffer): Promise<AuditEndFile> {
  const file = await openOrMake(path);
  try {
    const places = await readPlaces(file, auditKey);
    const newest = (places[1]?.seq ?? -1) > (places[0]?.seq ?? -1) ? 1 : 0;
    return new EndFile(file, auditKey, places[newest], 1 - newest);
  } catch (error) {
    await file.close();
    throw error;
  }
}

class EndFile implements AuditEndFile {
  readonly found: ChainEnd | undefined;
  readonly #file: FileHandle;
  readonly #key: Buffer;
  #next: number;
  #syncing: NodeJS.Timeout | undefined;

  constructor(file: FileHandle, key: Buffer, found: ChainEnd | undefined, next: number) {
    this.#file = file;
    this.#key = key;
    this.found = found;
    this.#next = next;
  }

  async write({ seq, hash }: ChainEnd): Promise<void> {
    const text = JSON.stringify({ seq, hash, mac: macOf({ seq, hash }, this.#key) });
    const bytes = Buffer.from(`${text.padEnd(PLACE_BYTES - 1)}\n`);
    await this.#file.write(bytes, 0, PLACE_BYTES, this.#next * PLACE_BYTES);
    this.#next = 1 - this.#next;
    this.#syncing ??= setTimeout(() => void this.#sync(), SYNC_AFTER_MS).unref();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#syncing);
    await this.#sync();
    await this.#file.close();
  }

  // What cannot be synced is written all the same; the next batch tries again.
  async #sync(): Promise<void> {
    this.#syncing = undefined;
    await this.#file.datasync().catch(() => undefined);
  }
}

async function openOrMake(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const file = await open(path, 'wx+', 0o600);
  await syncDirectory(dirname(path));
  return file;
}

async function readPlaces(file: FileHandle, key: Buffer): Promise<readonly (ChainEnd | undefined)[]> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(2 * PLACE_BYTES), 0, 2 * PLACE_BYTES, 0);
  const text = buffer.toString('latin1', 0, bytesRead);
  return [text.slice(0, PLACE_BYTES), text.slice(PLACE_BYTES)].map((one) => readPlace(one, key));
}

function readPlace(text: string, key: Buffer): ChainEnd | undefined {
  try {
    const { seq, hash, mac } = place.parse(JSON.parse(text));
    return macOf({ seq, hash }, key) === mac ? { seq, hash } : undefined;
  } catch {
    return undefined;
  }
}

// No line's hash: those are of arrays of twelve.
function macOf({ seq, hash }: ChainEnd, key: Buffer): string {
  return createHmac('sha256', key)
    .update(JSON.stringify(['end', seq, hash]))
    .digest('base64url');
}
