import { createHmac } from 'node:crypto';
import { contextOf } from './authenticated-cipher.js';
import type { DataKeyStore, SealedColumns } from './data-key-store.js';
import type { FieldCipher, FieldPlace } from './field-cipher.js';
import { unusable } from './key-file.js';
import type { MasterKey } from './master-key.js';
import {
  createNextKey,
  givenMasterKey,
  settleKeyFiles,
  type KeyFileUse,
  type MasterKeySource,
} from './master-key-source.js';
import { keyIdOf, openField, sealField } from './sealed-field.js';
import { makeDataKey, unwrapAll } from './wrapped-keys.js';

/** The data keys, opened. */
export interface OpenedKeys {
  readonly lookup: Buffer;
  readonly audit: Buffer;
  /** By id, the oldest first; never empty. */
  readonly fields: ReadonlyMap<string, Buffer>;
}

/** What a key ring is made of. */
export interface KeyRingParts {
  readonly keys: OpenedKeys;
  readonly master: MasterKey;
  /** Where the file of the master key is, or would be. */
  readonly path: string;
  readonly store: DataKeyStore;
  readonly clock: () => Date;
}

/** All data keys of a server: what seals fields, finds them, and chains the audit log. Made by `openKeyRing`. */
export class KeyRing implements FieldCipher {
  /** 32 bytes. It never changes, so that the chain can be checked from its beginning. */
  readonly auditKey: Buffer;
  readonly #lookup: Buffer;
  readonly #fields: Map<string, Buffer>;
  readonly #path: string;
  readonly #store: DataKeyStore;
  readonly #clock: () => Date;
  #master: MasterKey;
  #keyId = '';
  /** Which file a changed master key is in, until that is settled. */
  #unsettled: KeyFileUse | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor({ keys, master, path, store, clock }: KeyRingParts) {
    this.auditKey = keys.audit;
    this.#lookup = keys.lookup;
    this.#fields = new Map(keys.fields);
    this.#master = master;
    this.#path = path;
    this.#store = store;
    this.#clock = clock;
    this.#keyId = [...keys.fields.keys()].at(-1) ?? '';
  }

  get keyId(): string {
    return this.#keyId;
  }

  /** Keys of fields that seal no more, the oldest first. There are some only while a rotation is not finished. */
  get olderKeyIds(): readonly string[] {
    return [...this.#fields.keys()].filter((id) => id !== this.#keyId);
  }

  seal(place: FieldPlace, text: string): string {
    return sealField(this.#key(this.#keyId), this.#keyId, place, text);
  }

  open(place: FieldPlace, sealed: string): string {
    const keyId = keyIdOf(sealed);
    const key = keyId === undefined ? undefined : this.#fields.get(keyId);
    if (keyId === undefined || key === undefined) throw cannotOpen(keyId ?? this.#keyId, place);
    const text = openField(key, keyId, place, sealed);
    if (text === undefined) throw cannotOpen(keyId, place);
    return text;
  }

  lookupHash(column: string, text: string): string {
    return createHmac('sha256', this.#lookup)
      .update(contextOf('gatherd lookup', column, text))
      .digest('base64url');
  }

  /** Runs something while no key is made, removed or wrapped anew: a copy of database and key files, for example. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(async () => {
      await this.#settle();
      return work();
    });
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /**
   * Makes a new key for fields, which seals from now on. When it resolves, everything that was sealed under another one has
   * been written.
   *
   * @throws AppError `database.…`
   */
  addFieldsKey(): Promise<void> {
    return this.inTurn(async () => {
      const id = nextId(this.#keyId);
      const { key, row } = await makeDataKey(this.#master, 'fields', id, this.#clock());
      if (!(await this.#store.insert([row]))) throw unusable(id, 'there is one already');
      this.#fields.set(id, key);
      this.#keyId = id;
      await this.#store.settled();
    });
  }

  /** Removes an older key of fields if nothing is sealed under it; answers whether it did. @throws AppError `database.…` */
  removeOlderKey(id: string, places: readonly SealedColumns[]): Promise<boolean> {
    return this.inTurn(async () => {
      if (!this.olderKeyIds.includes(id)) return false;
      // A write that began before this key was an older one may still come.
      await this.#store.settled();
      const isRemoved = await this.#store.removeUnused(id, places);
      if (isRemoved) this.#fields.delete(id);
      return isRemoved;
    });
  }

  /** Takes what was removed or sealed anew out of the database's files, as far as they can tell. @throws AppError `database.…` */
  eraseReplaced(): Promise<void> {
    return this.inTurn(() => this.#store.erase());
  }

  /**
   * Puts all data keys under another master key: one that is given, as GATHERD_MASTER_KEY then has to be at the next start, or
   * a new file in the data directory. The old one's file is removed. What is sealed stays as it is.
   *
   * A crash at any moment leaves the data keys under one of the two, and its file there.
   *
   * @throws AppError `database.…`; `key.unusable`
   */
  changeMasterKey(target: MasterKeySource['given']): Promise<void> {
    return this.inTurn(async () => {
      const opened = await unwrapAll(this.#master, await this.#store.list());
      // Before a file is made: the one of a change that only seemed to fail may be the only one that opens them.
      if (opened === undefined)
        throw unusable(this.#master.source, 'it opens the data keys no more; restart');
      const next = target === undefined ? await createNextKey(this.#path) : givenMasterKey(target);
      const rows: { id: string; wrapped: string }[] = [];
      for (const { row, key } of opened) rows.push({ id: row.id, wrapped: await next.wrap(row, key) });
      if (!(await this.#store.replaceAll(rows))) throw unusable(next.source, 'the data keys have changed');
      this.#master = next;
      this.#unsettled = target === undefined ? 'next' : 'none';
      await this.#settle();
    });
  }

  async #settle(): Promise<void> {
    if (this.#unsettled === undefined) return;
    await settleKeyFiles(this.#path, this.#unsettled);
    this.#unsettled = undefined;
  }

  #key(id: string): Buffer {
    const key = this.#fields.get(id);
    if (key === undefined) throw unusable(id, 'it is missing');
    return key;
  }
}

/** The number in a data key's id. */
export function keyNumber(id: string): number {
  return Number(/-(\d+)$/.exec(id)?.[1] ?? 0);
}

function nextId(id: string): string {
  return `fields-${String(keyNumber(id) + 1)}`;
}

function cannotOpen(keyId: string, { table, column, row }: FieldPlace) {
  return unusable(keyId, `${table}.${column} of ${row} is damaged, of another place or under another key`);
}
