import { resolve } from 'node:path';
import { parsePins } from '../../api/tls/server-tls.js';
import { parseServerAddress } from '../../api/server-address.js';
import { usageError } from '../cli-error.js';
import type { CliIo } from '../cli-io.js';
import { choose, fromMemory, type Given } from './given-value.js';
import type { RememberedTls } from './config-store.js';

/** The options about TLS that every command takes, as they were given. */
export interface TlsFlags {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly pin?: string;
  readonly insecure?: boolean;
}

/** What a server is to be trusted by, and what is shown to it: files that are still to be read. */
export interface TlsSettings {
  readonly ca: Given | undefined;
  readonly cert: Given | undefined;
  readonly key: Given | undefined;
  readonly pins: readonly string[];
  readonly isInsecure: boolean;
  /** Where stands what `--insecure` sets aside. */
  readonly setAside: readonly string[];
}

interface Trust {
  readonly ca: Given | undefined;
  readonly pin: Given | undefined;
}

type Pair = Pick<TlsSettings, 'cert' | 'key'>;

/**
 * What is chosen about TLS: what was given, for any server; and what is remembered, for the one that it worked for. Who is
 * trusted is given as a whole, `--ca` and `--pin`, or remembered as a whole; so is the certificate that is shown, with its key.
 */
export class TlsChoice {
  readonly #flags: TlsFlags;
  readonly #trust: Trust;
  readonly #pair: Pair;
  readonly #remembered: Readonly<Record<string, RememberedTls>>;

  /** @throws CliError, exit code 2, where `--insecure` stands beside what it would undo. */
  constructor(flags: TlsFlags, env: CliIo['env'], remembered: Readonly<Record<string, RememberedTls>> = {}) {
    if (flags.insecure === true && (flags.ca !== undefined || flags.pin !== undefined)) {
      throw usageError('--insecure takes any certificate: leave it out beside --ca or --pin');
    }
    this.#flags = flags;
    this.#trust = {
      ca: choose('ca', flags.ca, env, 'GATHER_CA'),
      pin: choose('pin', flags.pin, env, 'GATHER_PIN'),
    };
    this.#pair = {
      cert: choose('cert', flags.cert, env, 'GATHER_CERT'),
      key: choose('key', flags.key, env, 'GATHER_KEY'),
    };
    this.#remembered = remembered;
  }

  /** Whether something was given, by which a server is meant that speaks TLS. */
  get isGiven(): boolean {
    const { ca, pin } = this.#trust;
    const { cert, key } = this.#pair;
    return this.#flags.insecure === true || [ca, pin, cert, key].some((one) => one !== undefined);
  }

  /** The base URL that an address is; undefined where it is none. Without a scheme it is HTTPS where TLS is given, or remembered for it. */
  urlOf(address: string): string | undefined {
    const secure = parseServerAddress(address, { isSecure: true });
    const isSecure = this.isGiven || (secure !== undefined && Object.hasOwn(this.#remembered, secure));
    return parseServerAddress(address, { isSecure });
  }

  /**
   * What holds for a server; undefined where its URL says that it has no TLS.
   *
   * @throws CliError where a fingerprint is malformed, or an option is given to a server without TLS
   */
  chosenFor(server: string): TlsSettings | undefined {
    if (server.startsWith('https://')) return this.#settled(this.#remembered[server] ?? {});
    this.assertNoFlag(`${server} is without TLS; use https${server.slice('http'.length)}`);
    return undefined;
  }

  /** @throws CliError, exit code 2, that gives the reason, where an option about TLS was given */
  assertNoFlag(reason: string): void {
    const [flag] = (['ca', 'cert', 'key', 'pin', 'insecure'] as const).filter((name) => name in this.#flags);
    if (flag !== undefined) throw usageError(`--${flag}: ${reason}`);
  }

  /** What was given; undefined where nothing was. @throws CliError where a fingerprint is malformed */
  chosen(): TlsSettings | undefined {
    return this.isGiven ? this.#settled({}) : undefined;
  }

  /** What is to be remembered of a server that it worked for; undefined where nothing is. */
  rememberedFor(server: string): RememberedTls | undefined {
    const { ca, cert, key, pins, isInsecure } = this.chosenFor(server) ?? NOTHING;
    if (isInsecure) return undefined;
    const known = {
      ...(ca === undefined ? {} : { ca: ca.text }),
      ...(cert === undefined ? {} : { cert: cert.text }),
      ...(key === undefined ? {} : { key: key.text }),
      ...(pins.length === 0 ? {} : { pin: pins.join(',') }),
    };
    const isNews = Object.keys(known).length > 0 || Object.hasOwn(this.#remembered, server);
    return isNews ? known : undefined;
  }

  #settled(remembered: RememberedTls): TlsSettings {
    const isInsecure = this.#flags.insecure === true;
    const trust = orRemembered(this.#trust, remembered);
    const { ca, pin } = isInsecure ? NO_TRUST : trust;
    const { cert, key } = orRemembered(this.#pair, remembered);
    return {
      ca: file(ca),
      cert: file(cert),
      key: file(key),
      pins: pin === undefined ? [] : pinsOf(pin),
      isInsecure,
      setAside: isInsecure ? sourcesOf(trust) : [],
    };
  }
}

const NOTHING: TlsSettings = {
  ca: undefined,
  cert: undefined,
  key: undefined,
  pins: [],
  isInsecure: false,
  setAside: [],
};
const NO_TRUST: Trust = { ca: undefined, pin: undefined };

function orRemembered<Name extends keyof RememberedTls>(
  given: Readonly<Record<Name, Given | undefined>>,
  remembered: RememberedTls,
): Readonly<Record<Name, Given | undefined>> {
  const names = Object.keys(given) as Name[];
  if (names.some((name) => given[name] !== undefined)) return given;
  const entries = names.map((name) => {
    const text = remembered[name];
    return [name, text === undefined ? undefined : fromMemory(name, text)];
  });
  return Object.fromEntries(entries) as Record<Name, Given | undefined>;
}

// An empty text stands for none.
function sourcesOf({ ca, pin }: Trust): string[] {
  return [ca, pin].flatMap((one) => (one === undefined || one.text === '' ? [] : [one.source]));
}

// Absolute, so that it is the same file wherever it is remembered. An empty name stands for none.
function file(given: Given | undefined): Given | undefined {
  return given === undefined || given.text === '' ? undefined : { ...given, text: resolve(given.text) };
}

function pinsOf({ text, source, fail }: Given): readonly string[] {
  if (text === '') return [];
  const pins = parsePins(text);
  if (pins !== undefined) return pins;
  throw fail(
    `${source}: ${JSON.stringify(text)} is no SHA-256 fingerprint, which has 64 hexadecimal digits, with or without colons; several with commas`,
  );
}
