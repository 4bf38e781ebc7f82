import { stat } from 'node:fs/promises';

/** What can be seen of files without reading them, of what a path leads to in the end: it is another one when they have changed. */
export async function stateOf(paths: readonly string[]): Promise<string> {
  const states = await Promise.all(paths.map(stateOfFile));
  return states.join('\n');
}

async function stateOfFile(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = await stat(path);
    return [dev, ino, size, mtimeMs, ctimeMs].join(' ');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown error';
  }
}
