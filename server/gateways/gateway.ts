import type { SocketAddress } from '../config/setting-kinds.js';
import { AppError } from '../errors/app-error.js';
import { isLoopback } from '../net/is-loopback.js';

/** A door that is not HTTP, open until it is disposed of: then it answers what is under way, and closes. */
export interface Gateway extends AsyncDisposable {
  /** What it is called in the log. */
  readonly name: string;
  /** As it is bound, with the real port. */
  readonly address: string;
}

/** Counts a try of a password from an address; shared by all doors. @throws AppError `request.rate_limited` */
export type CountTry = (address: string) => void;

/** Refuses an address that others can reach. @throws AppError `config.invalid` */
export function assertLoopback(name: string, { host }: SocketAddress): void {
  if (isLoopback(host)) return;
  throw new AppError('config.invalid', { details: { problems: `${name}: '${host}' is not loopback` } });
}

/** An address as it is written: IPv6 in brackets. */
export function addressText({ host, port }: SocketAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use by another program',
  EADDRNOTAVAIL: 'is no address of this machine',
  EACCES: 'may not be listened on by this user',
};

/** The error of an address that could not be listened on. */
export function cannotListen(name: string, address: SocketAddress, cause: unknown): AppError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
  const reason = REASONS[code] ?? `cannot be listened on (${code})`;
  const problems = `${name}: ${addressText(address)} ${reason}`;
  return new AppError('config.invalid', { details: { problems }, cause });
}
