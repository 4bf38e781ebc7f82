// Where built code comes from: the maps that lie beside what is built say it.
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';

const maps = new Map();

/**
 * Where a function of a profile begins.
 *
 * @returns the address of its file and the line, from 1; those of what is built for a package that is built in
 */
export function sourcePlaceOf({ url, lineNumber, columnNumber }) {
  const built = { url, line: lineNumber + 1 };
  const { originalSource, originalLine } = mapOf(url)?.findEntry(lineNumber, columnNumber) ?? {};
  if (originalSource === undefined || originalSource === '') return built;
  return { url: new URL(originalSource, url).href, line: originalLine + 1 };
}

function mapOf(url) {
  if (!url.startsWith('file:')) return undefined;
  if (!maps.has(url)) {
    const path = `${fileURLToPath(url)}.map`;
    maps.set(url, existsSync(path) ? new SourceMap(JSON.parse(readFileSync(path, 'utf8'))) : undefined);
  }
  return maps.get(url);
}
