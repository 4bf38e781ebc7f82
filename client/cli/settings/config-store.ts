import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { userNameKey } from '../../../protocol/user-name.js';
import { configurationError } from '../cli-error.js';
import { readOptionalFile, writePrivateFile } from './private-file.js';

const rememberedTls = z.object({
  ca: z.string().optional(),
  cert: z.string().optional(),
  key: z.string().optional(),
  pin: z.string().optional(),
});
const rememberedDefaults = z.looseObject({
  server: z.string().optional(),
  user: z.string().optional(),
  tls: z.record(z.string(), rememberedTls).optional(),
});
const rememberedToken = z.looseObject({ server: z.string(), user: z.string(), token: z.string() });

/** The server and the user that later commands take where none is given; and what each server over TLS is known by, by its URL. */
export type RememberedDefaults = z.infer<typeof rememberedDefaults>;

/** What a server is trusted by and what is shown to it, which has worked: absolute paths of files, and fingerprints. */
export type RememberedTls = z.infer<typeof rememberedTls>;

/** Whose token it is. */
export interface TokenOwner {
  /** A base URL. */
  readonly server: string;
  readonly user: string;
}

/**
 * What `gather` remembers: `config.json`, and each token in a file of its own, named by its server and user. So two
 * processes that write at once never undo each other's token, and no lock is needed.
 *
 * Every function rejects with exit code 78 where a file is damaged or the file system refuses.
 */
export class ConfigStore {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  async loadDefaults(): Promise<RememberedDefaults> {
    return (await load(this.#defaultsPath, rememberedDefaults)) ?? {};
  }

  /**
   * Writes only what is new, so that what is known already can stand in a directory that cannot be written.
   *
   * @param tls - what the server is known by; undefined where nothing is to be changed about that
   */
  async saveDefaults({ server, user }: TokenOwner, tls?: RememberedTls): Promise<void> {
    const known = await this.loadDefaults();
    const isTlsKnown = tls === undefined || isDeepStrictEqual(known.tls?.[server] ?? {}, tls);
    if (known.server === server && known.user === user && isTlsKnown) return;
    const more = isTlsKnown ? {} : { tls: { ...known.tls, [server]: tls } };
    await save(this.#defaultsPath, { ...known, server, user, ...more });
  }

  async loadToken(owner: TokenOwner): Promise<string | undefined> {
    return (await load(this.#tokenPath(owner), rememberedToken))?.token;
  }

  async saveToken({ server, user }: TokenOwner, token: string): Promise<void> {
    await save(this.#tokenPath({ server, user }), { server, user, token });
  }

  async forgetToken(owner: TokenOwner): Promise<void> {
    const path = this.#tokenPath(owner);
    await guarded(path, 'removed', () => rm(path, { force: true }));
  }

  get #defaultsPath(): string {
    return join(this.directory, 'config.json');
  }

  #tokenPath({ server, user }: TokenOwner): string {
    const name = createHash('sha256')
      .update(JSON.stringify([server, userNameKey(user)]))
      .digest('hex');
    return join(this.directory, 'tokens', `${name.slice(0, 32)}.json`);
  }
}

async function load<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await guarded(path, 'read', () => readOptionalFile(path));
  if (text === undefined) return undefined;
  const { data, error } = schema.safeParse(parseJson(text));
  if (error === undefined) return data;
  throw configurationError(`${path} is damaged: repair or remove it`, error);
}

function save(path: string, value: object): Promise<void> {
  return guarded(path, 'written', () => writePrivateFile(path, `${JSON.stringify(value, undefined, 2)}\n`));
}

async function guarded<T>(path: string, verb: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw configurationError(`${path} cannot be ${verb}: ${reason}`, error);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
