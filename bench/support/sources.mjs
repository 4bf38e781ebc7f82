// Parts of the server that a benchmark runs by themselves: what is built for users is whole programs.
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Builds modules into a folder and imports them.
 *
 * @param sources - their paths from the root, without `.ts`
 * @returns all that they export
 */
export async function importSources(folder, sources) {
  await build({
    absWorkingDir: ROOT,
    entryPoints: sources.map((source) => `${source}.ts`),
    ...{ outdir: folder, outbase: ROOT, outExtension: { '.js': '.mjs' } },
    ...{ bundle: true, splitting: true, platform: 'node', format: 'esm', logLevel: 'warning' },
  });
  const addresses = sources.map((source) => pathToFileURL(join(folder, `${source}.mjs`)).href);
  const modules = await Promise.all(addresses.map((address) => import(address)));
  return Object.assign({}, ...modules);
}
