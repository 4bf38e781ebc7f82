// Bundles the two programs: a server that starts reads a few files instead of eight hundred, and the client is one file.
import { chmodSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';

// What is native, is WebAssembly, or looks for files beside itself stays where npm has put it; so does what few starts need.
const LEFT_OUT_OF_SERVER = [
  '@node-rs/argon2',
  '@node-rs/bcrypt',
  '@prisma/client',
  '@prisma/schema-engine-wasm',
  '@zxcvbn-ts/language-common',
  'libsql',
  'pino',
  'pino-pretty',
  'zeromq',
];

const COMMON = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
};
// Bundled CommonJS packages still call require for Node's own modules.
const REQUIRE =
  "import { createRequire as nodeRequire } from 'node:module'; const require = nodeRequire(import.meta.url);";
const LAUNCHER = `#!/usr/bin/env node
// Stack traces then name the sources. It has to be said before they are loaded.
process.setSourceMapsEnabled(true);
await import('./gatherd.js');
`;

// axios brings forms and a way over `fetch`, which take as long to load as all else of it; the client uses neither.
const WITHOUT_FORMS_AND_FETCH = {
  name: 'axios-without-forms-and-fetch',
  setup({ onLoad }) {
    const contents = 'export default null; export const getFetch = () => undefined;';
    onLoad({ filter: /[/\\]axios[/\\]lib[/\\](?:.*[/\\]FormData|adapters[/\\]fetch)\.js$/ }, () => ({
      contents,
    }));
  },
};

/**
 * Bundles the server and its threads, all into one folder. Names and maps stay, for stack traces and profiles.
 *
 * @returns the files that went into it
 */
export async function bundleServer(root, folder) {
  const { metafile } = await build({
    ...COMMON,
    absWorkingDir: root,
    entryPoints: {
      gatherd: 'server/main.ts',
      'hash-worker': 'server/passwords/hash-worker.ts',
      'seal-worker': 'server/dump/sealing/seal-worker.ts',
    },
    outdir: folder,
    splitting: true,
    chunkNames: '[name]-[hash]',
    external: LEFT_OUT_OF_SERVER,
    // It is imported by what needs it only, and so is a file of its own. Its CommonJS form has no names to import.
    alias: { '@peculiar/x509': '@peculiar/x509/build/x509.es.js' },
    banner: { js: REQUIRE },
    // Less to read; names stay.
    ...{ minifyWhitespace: true, minifySyntax: true },
    sourcemap: 'linked',
    sourcesContent: false,
  });
  const launcher = join(folder, 'main.js');
  writeFileSync(launcher, LAUNCHER);
  chmodSync(launcher, 0o755);
  return Object.keys(metafile.inputs);
}

/** Bundles the client into one file. @returns the files that went into it */
export async function bundleClient(root, outfile) {
  const { version } = createRequire(import.meta.url)('../package.json');
  const { metafile } = await build({
    ...COMMON,
    absWorkingDir: root,
    entryPoints: ['client/cli/main.ts'],
    outfile,
    minify: true,
    // Optional natives of ws, which does without them.
    external: ['bufferutil', 'utf-8-validate'],
    plugins: [WITHOUT_FORMS_AND_FETCH],
    banner: { js: `#!/usr/bin/env node\n${REQUIRE}` },
    define: { GATHER_VERSION: JSON.stringify(version) },
  });
  chmodSync(outfile, 0o755);
  return Object.keys(metafile.inputs);
}
