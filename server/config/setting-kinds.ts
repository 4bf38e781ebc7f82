import { readFileSync } from 'node:fs';
import { compile } from 'proxy-addr';
import * as z from 'zod';

/** A secret that no log, error or printed configuration shows by accident. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The secret itself. Call it only where it is used. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '(hidden)';
  }

  toJSON(): string {
    return '(hidden)';
  }
}

/** Which proxies are believed about the client's address: none, the last n, or those with these addresses. */
export type TrustedProxies = false | number | readonly string[];

/** A whole number from least to most. */
export function integer(least: number, most: number): z.ZodType<number, string> {
  const error = `must be a whole number from ${String(least)} to ${String(most)}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, { error, abort: true })
    .transform(Number)
    .pipe(z.number().min(least, { error }).max(most, { error }));
}

const BYTE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** A size in bytes, at least `least`; the units KiB, MiB, GiB and TiB are understood. */
export function bytes(least: number, most: number): z.ZodType<number, string> {
  const error = `must be a size from ${String(least)} to ${String(most)} bytes, like 65536, 64KiB or 1MiB`;
  return z
    .string()
    .regex(/^\d{1,15}(?:[KMGT]iB)?$/, { error, abort: true })
    .transform((text) => Number.parseInt(text, 10) * (BYTE_UNITS[text.replace(/\d+/, '')] ?? Number.NaN))
    .pipe(z.number().min(least, { error }).max(most, { error }));
}

/** One of a few words. */
export function oneOf<const Words extends readonly [string, ...string[]]>(...words: Words) {
  return z.enum(words, { error: `must be one of ${words.join(', ')}` });
}

/** A text that is not empty. */
export function text(): z.ZodType<string, string> {
  return z.string().min(1, { error: 'must not be empty' });
}

/** true or false, also as 1 and 0. */
export function flag(): z.ZodType<boolean, string> {
  return oneOf('true', 'false', '1', '0').transform((word) => word === 'true' || word === '1');
}

/** Words with commas between them; an empty text is an empty list. */
export function list(): z.ZodType<readonly string[], string> {
  return z.string().transform((all) =>
    all
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== ''),
  );
}

/** `off`, a number of proxies, or addresses and networks as the package proxy-addr reads them. */
export function trustedProxies(): z.ZodType<TrustedProxies, string> {
  return z.string().transform((value, context): TrustedProxies => {
    if (value === 'off') return false;
    if (/^\d{1,2}$/.test(value)) return Number(value);
    const addresses = value.split(',').map((address) => address.trim());
    if (canCompile(addresses)) return addresses;
    context.addIssue('must be off, a number of proxies, or addresses and networks like 10.0.0.0/8,::1');
    return z.NEVER;
  });
}

function canCompile(addresses: string[]): boolean {
  try {
    compile(addresses);
    return true;
  } catch {
    return false;
  }
}

/** A secret's value, at least 16 characters. */
export function secret(): z.ZodType<Secret, string> {
  return z
    .string()
    .min(16, { error: 'must have at least 16 characters' })
    .transform((value) => new Secret(value));
}

/** A password as people choose it. */
export function password(): z.ZodType<Secret, string> {
  return z
    .string()
    .min(1, { error: 'must not be empty' })
    .max(128, { error: 'must have at most 128 characters' })
    .transform((value) => new Secret(value));
}

/** A key of ZeroMQ's CURVE, RFC 26 of ZeroMQ: 32 bytes as Z85. */
export function curveKey(): z.ZodType<Secret, string> {
  return z
    .string()
    .regex(/^[0-9a-zA-Z.\-:+=^!/*?&<>()[\]{}@%$#]{40}$/, { error: 'must have 40 characters of Z85' })
    .transform((value) => new Secret(value));
}

/** Where a gateway listens: an address and a port, of which 0 is a free one. */
export interface SocketAddress {
  readonly host: string;
  readonly port: number;
}

/** `off`, or an address and a port. @param example - of one */
export function socketAddress(example: string): z.ZodType<SocketAddress | undefined, string> {
  const rule = `must be off, or an address and a port like ${example} or [::1]:0`;
  return z.string().transform((value, context) => addressIn(value, rule, context));
}

/** The path of a file; nothing, where there is none. */
export function optionalPath(): z.ZodType<string | undefined, string> {
  return z.string().transform((path) => (path === '' ? undefined : path));
}

/** `off`, or an address of ZeroMQ: tcp:// with an address and a port. */
export function zmqAddress(): z.ZodType<SocketAddress | undefined, string> {
  const rule = 'must be off, or an address like tcp://127.0.0.1:5556';
  return z.string().transform((value, context) => {
    if (value === 'off') return undefined;
    if (value.startsWith('tcp://')) return addressIn(value.slice('tcp://'.length), rule, context);
    context.addIssue(rule);
    return z.NEVER;
  });
}

function addressIn(value: string, rule: string, context: z.RefinementCtx): SocketAddress | undefined {
  if (value === 'off') return undefined;
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(value) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host !== undefined && port <= 65_535) return { host, port };
  context.addIssue(rule);
  return z.NEVER;
}

/** The text of a small file without its last line end, or the reason why it cannot be read. */
export function readSettingFile(path: string): { value: string } | { problem: string } {
  try {
    return { value: readFileSync(path, 'utf8').replace(/\r?\n$/, '') };
  } catch (error) {
    return { problem: `cannot read ${path} (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})` };
  }
}
