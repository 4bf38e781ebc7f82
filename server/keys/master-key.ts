import { randomBytes, scrypt, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';
import { contextOf, openBytes, sealBytes } from './authenticated-cipher.js';

/** A data key as it is kept: for what, and by which id. */
export interface KeyName {
  readonly id: string;
  readonly purpose: string;
}

/** By which data keys are sealed, so that they can lie in the database. */
export interface MasterKey {
  /** Where it is from: the path of its file, or the name of a setting. */
  readonly source: string;
  /** Seals a data key, as a text that says how it can be opened. */
  wrap(name: KeyName, key: Buffer): Promise<string>;
  /** Opens it; undefined where it was sealed by another master key, is damaged or of another name. */
  unwrap(name: KeyName, wrapped: string): Promise<Buffer | undefined>;
}

const RAW = 'v1.raw';
const SALT_BYTES = 16;
const KEY_BYTES = 32;
/** N = 2^17, r = 8, p = 1: what OWASP's Password Storage Cheat Sheet asks for. It takes 128 MiB. */
const COST = { exponent: 17, blockSize: 8, parallelization: 1 } as const;
/** The highest exponent that is obeyed: 1 GiB. */
const HIGHEST_EXPONENT = 20;

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** A master key of 32 bytes. Wrapped keys are `v1.raw.<nonce, ciphertext and tag as base64url>`. */
export function rawMasterKey(source: string, key: Buffer): MasterKey {
  return {
    source,
    wrap: (name, content) => Promise.resolve(`${RAW}.${sealBytes(key, wrapContext(RAW, name), content)}`),
    unwrap: (name, wrapped) => {
      const { method, sealed } = partsOf(wrapped);
      return Promise.resolve(method === RAW ? openBytes(key, wrapContext(RAW, name), sealed) : undefined);
    },
  };
}

/**
 * A master key that is derived from a passphrase by scrypt (RFC 7914). Wrapped keys are
 * `v1.scrypt.<log2 N>.<r>.<p>.<salt>.<nonce, ciphertext and tag>`: cost and salt stand beside what they open, and belong to
 * its associated data. Each salt is derived from once.
 */
export function passphraseMasterKey(source: string, passphrase: string): MasterKey {
  const derived = new Map<string, Promise<Buffer>>();
  let ownMethod: string | undefined;

  function keyFor(method: string): Promise<Buffer> {
    const known = derived.get(method) ?? deriveKey(passphrase, method);
    derived.set(method, known);
    return known;
  }

  return {
    source,
    wrap: async (name, content) => {
      const method = (ownMethod ??= newMethod());
      return `${method}.${sealBytes(await keyFor(method), wrapContext(method, name), content)}`;
    },
    unwrap: async (name, wrapped) => {
      const { method, sealed } = partsOf(wrapped);
      if (!isScrypt(method)) return undefined;
      ownMethod ??= method;
      return openBytes(await keyFor(method), wrapContext(method, name), sealed);
    },
  };
}

function wrapContext(method: string, { id, purpose }: KeyName): Buffer {
  return contextOf('gatherd data key', method, purpose, id);
}

function partsOf(wrapped: string): { method: string; sealed: string } {
  const end = wrapped.lastIndexOf('.');
  return { method: wrapped.slice(0, Math.max(end, 0)), sealed: wrapped.slice(end + 1) };
}

function newMethod(): string {
  const salt = randomBytes(SALT_BYTES).toString('base64url');
  return ['v1.scrypt', COST.exponent, COST.blockSize, COST.parallelization, salt].join('.');
}

const SCRYPT_METHOD = /^v1\.scrypt\.(\d{1,2})\.(\d{1,2})\.(\d)\.([\w-]{22})$/;

// A database that somebody has changed is not to cost more than a start can bear, nor less than we ask for.
function isScrypt(method: string): boolean {
  const [exponent = 0, blockSize, parallelization] = SCRYPT_METHOD.exec(method)?.slice(1).map(Number) ?? [];
  const isCostly = exponent >= COST.exponent && exponent <= HIGHEST_EXPONENT;
  return isCostly && blockSize === COST.blockSize && parallelization === COST.parallelization;
}

async function deriveKey(passphrase: string, method: string): Promise<Buffer> {
  const [exponent, blockSize, parallelization, salt = ''] = method.split('.').slice(2);
  const [cost, r, p] = [2 ** Number(exponent), Number(blockSize), Number(parallelization)];
  // What scrypt takes, and a little for itself.
  const maxmem = 128 * cost * r + 2 ** 20 * p;
  return derive(passphrase, Buffer.from(salt, 'base64url'), KEY_BYTES, {
    cost,
    blockSize: r,
    parallelization: p,
    maxmem,
  });
}
