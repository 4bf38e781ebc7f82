import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { AppError } from '../../errors/app-error.js';

const PAGE = 'index.html';
/** Stands in the built page where the nonce of an answer belongs. */
const NONCE_PLACEHOLDER = '__CSP_NONCE__';
const NONCE_BYTES = 16;
/** What a file may be encoded in, the smallest first, with the ending of the file that is. */
const CODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

/** Bytes as they are sent, with the ETag that is theirs alone. */
export interface Content {
  readonly bytes: Buffer;
  readonly tag: string;
}

/** A file of the console. */
export interface ConsoleFile {
  readonly plain: Content;
  /** The same in fewer bytes, by coding, the smallest first. */
  readonly encoded: ReadonlyMap<string, Content>;
}

/** The page as one answer has it. */
export interface Page {
  readonly html: string;
  readonly nonce: string;
}

/**
 * The console as it was built, in memory: page and files stay those of one build, a reader that is slow holds no open file,
 * and a path is a name to be looked up, which leads nowhere else.
 */
export class BuiltConsole {
  readonly #files: ReadonlyMap<string, ConsoleFile>;
  readonly #page: readonly string[];

  private constructor(files: ReadonlyMap<string, ConsoleFile>, page: string) {
    this.#files = files;
    this.#page = page.split(NONCE_PLACEHOLDER);
  }

  /** Reads a folder that Vite has written. @throws AppError `request.not_found` where it is not there */
  static async read(folder: string): Promise<BuiltConsole> {
    try {
      const contents = new Map(
        await Promise.all(
          (await namesIn(folder)).map(async (name) => [name, await read(join(folder, name))] as const),
        ),
      );
      const page = await readFile(join(folder, PAGE), 'utf8');
      return new BuiltConsole(filesOf(contents), page);
    } catch (cause) {
      throw new AppError('request.not_found', { cause });
    }
  }

  /** A file by its path below the folder, with slashes; undefined for the page, which is not sent as it stands. */
  file(path: string): ConsoleFile | undefined {
    return this.#files.get(path);
  }

  /** The page, with a nonce that no other answer has. */
  page(): Page {
    const nonce = randomBytes(NONCE_BYTES).toString('base64url');
    return { html: this.#page.join(nonce), nonce };
  }
}

// What begins with a dot is the builder's own.
async function namesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)).split(sep).join('/'))
    .filter((name) => name !== PAGE && !/(?:^|\/)\./.test(name));
}

async function read(path: string): Promise<Content> {
  const bytes = await readFile(path);
  return { bytes, tag: `"${createHash('sha256').update(bytes).digest('base64url')}"` };
}

function filesOf(contents: ReadonlyMap<string, Content>): ReadonlyMap<string, ConsoleFile> {
  const encodings = new Set(
    [...contents.keys()].flatMap((name) => CODINGS.map(([, ending]) => `${name}${ending}`)),
  );
  const files = new Map<string, ConsoleFile>();
  for (const [name, plain] of contents) {
    if (encodings.has(name)) continue;
    const encoded = CODINGS.flatMap(([coding, ending]) => {
      const content = contents.get(`${name}${ending}`);
      return content === undefined ? [] : [[coding, content] as const];
    });
    files.set(name, { plain, encoded: new Map(encoded) });
  }
  return files;
}
