// Builds the console for browsers: static files with hashed names, and each that is worth it in Brotli and gzip beside it.
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build } from 'vite';

const COMPRESSIBLE = /\.(?:js|css|svg|html|json|webmanifest)$/;
const WORTH_IT_BYTES = 1024;
/** Sent anew with each answer, and so never as a file. */
const PAGE = 'index.html';
/** What a browser loads before it shows anything may weigh this much, whichever way it is compressed. */
const { max_bytes: MAX_FIRST_LOAD_BYTES } = JSON.parse(
  readFileSync(new URL('first-load.json', import.meta.url), 'utf8'),
);
const CODINGS = {
  br: (bytes) =>
    promisify(brotliCompress)(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  gz: (bytes) => promisify(gzip)(bytes, { level: constants.Z_BEST_COMPRESSION }),
};

/**
 * Builds the console into a folder.
 *
 * @returns the files that went into it, seen from the root
 * @throws Error that names the weight, where its first load is too heavy
 */
export async function bundleConsole(root, folder) {
  // Whatever the surroundings say: libraries for development are others, and heavier.
  process.env.NODE_ENV = 'production';
  const { output } = await build({
    configFile: join(root, 'client', 'web', 'vite.config.ts'),
    configLoader: 'runner',
    logLevel: 'warn',
    // What is too heavy is said below.
    build: { outDir: folder, chunkSizeWarningLimit: Number.POSITIVE_INFINITY },
  });
  const sizes = await compressAll(folder);
  assertFirstLoad(firstLoadOf(output), sizes);
  return sourcesOf(root, output);
}

/** Writes what is worth it in each coding, and answers how many bytes of every file are sent in each. */
async function compressAll(folder) {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
  const sizes = await Promise.all(names.map(async (name) => [name, await compress(folder, name)]));
  return new Map(sizes);
}

async function compress(folder, name) {
  const path = join(folder, name);
  const bytes = readFileSync(path);
  const sizes = { br: bytes.length, gz: bytes.length };
  if (name === PAGE || !COMPRESSIBLE.test(name) || bytes.length < WORTH_IT_BYTES) return sizes;
  for (const [ending, encode] of Object.entries(CODINGS)) {
    const encoded = await encode(bytes);
    if (encoded.length >= bytes.length) continue;
    await writeFile(`${path}.${ending}`, encoded);
    sizes[ending] = encoded.length;
  }
  return sizes;
}

/** The page, its script with all that this imports at once, and their styles. */
function firstLoadOf(output) {
  const chunks = new Map(output.map((each) => [each.fileName, each]));
  const wanted = new Set([PAGE]);

  function want(name) {
    if (wanted.has(name)) return;
    wanted.add(name);
    const { imports = [], viteMetadata } = chunks.get(name) ?? {};
    for (const each of [...imports, ...(viteMetadata?.importedCss ?? [])]) want(each);
  }
  for (const { fileName, isEntry } of output) if (isEntry === true) want(fileName);
  return [...wanted];
}

function assertFirstLoad(names, sizes) {
  for (const coding of Object.keys(CODINGS)) {
    const bytes = names.reduce((sum, name) => sum + sizes.get(name)[coding], 0);
    if (bytes >= MAX_FIRST_LOAD_BYTES)
      throw new Error(
        `the console's first load has ${String(bytes)} bytes (${coding}); less than ${String(MAX_FIRST_LOAD_BYTES)} are allowed`,
      );
  }
}

function sourcesOf(root, output) {
  const ids = output.flatMap(({ moduleIds = [] }) => moduleIds);
  // What the builder makes itself begins with a null character.
  return ids
    .filter((id) => !id.startsWith('\0'))
    .map((id) => relative(root, id.replace(/\?.*$/s, '')).replaceAll('\\', '/'));
}
